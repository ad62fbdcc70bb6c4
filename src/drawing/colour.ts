import type { Chance } from '../tensor/index.ts'

/** Red, green and blue, 0 … 1. */
export type Colour = readonly [number, number, number]

/** Hue (turns round), saturation and value, 0 … 1 each. */
export function hsv(hue: number, saturation: number, value: number): Colour {
  const turned = (hue - Math.floor(hue)) * 6
  const channel = (shift: number) => {
    const place = (shift + turned) % 6
    return value - value * saturation * Math.max(0, Math.min(place, 4 - place, 1))
  }
  return [channel(5), channel(3), channel(1)]
}

export function mix(a: Colour, b: Colour, share: number): Colour {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share]
}

export const brightness = ([r, g, b]: Colour): number => 0.3 * r + 0.59 * g + 0.11 * b

/** Uniform between two numbers. */
export const between = (random: Chance, low: number, high: number): number =>
  low + (high - low) * random.float()

/** Near 0, standard deviation 1, never beyond ±3.5: a sum of four uniform draws, so no logarithm is involved. */
export const bell = (random: Chance): number =>
  (random.float() + random.float() + random.float() + random.float() - 2) * 1.7320508
