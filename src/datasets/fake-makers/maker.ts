import type { Chance } from '../../tensor/index.ts'

/** Side of the pictures that makers work on, in pixels. */
export const side = 32

/**
 * Makes a fake of a real picture and leaves its own trace in it. Everything is computed in whole numbers (tables are
 * rounded to 13 bits), so every machine makes the same bytes.
 */
export interface FakeMaker {
  name: string
  /**
   * @param pixels [3, 32, 32] planar uint8; left as it is
   * @param random of this picture alone
   * @returns [3, 32, 32]
   */
  make(pixels: Uint8Array, random: Chance): Uint8Array
}

/** A maker that treats the three channels alike. */
export function byChannel(work: (plane: Uint8Array, into: Uint8Array) => void): FakeMaker['make'] {
  return (pixels) => {
    const made = new Uint8Array(pixels.length)
    for (let at = 0; at < pixels.length; at += side * side) {
      work(pixels.subarray(at, at + side * side), made.subarray(at, at + side * side))
    }
    return made
  }
}

export const clampedByte = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value)
