import { StreambedError } from '../error.ts'
import type { Passport } from './passport.ts'
import { linesPattern } from './pattern.ts'

export type GoldenImage = Passport['golden']['images'][number]

/** What stands in `pixels` for the picture that {@link linesPattern} makes. */
export const patternName = 'pattern:lines'

/** The pictures that a passport written by Streambed is proved on: one that shrinks, two that usually grow. */
export const builtInPictures: readonly { width: number; height: number; pixels: string }[] = [
  { width: 32, height: 32, pixels: patternName },
  { width: 50, height: 46, pixels: patternName },
  { width: 300, height: 260, pixels: patternName },
]

/**
 * The pixels of a golden picture: base64 of planar RGB uint8, or `pattern:lines`.
 * @returns [3, height, width]
 * @throws passport-golden-picture when the base64 does not hold exactly that many bytes
 */
export function goldenPixels(
  image: { width: number; height: number; pixels: string },
  where: string,
): Uint8Array {
  if (image.pixels === patternName) return linesPattern(image.width, image.height)
  const bytes = Buffer.from(image.pixels, 'base64')
  const expected = 3 * image.width * image.height
  if (bytes.length !== expected) {
    throw new StreambedError('passport-golden-picture', {
      what: `A golden picture of ${image.width} × ${image.height} holds ${bytes.length} bytes instead of ${expected}.`,
      where: `${where} › golden.images`,
      mend: `Give the planar RGB bytes [3, height, width] as base64, or "${patternName}".`,
    })
  }
  return new Uint8Array(bytes)
}

/**
 * How far an embedding is from the golden one, relative: the larger of the difference of lengths over the length,
 * and the largest difference of a listed value over the root mean square of the embedding's values.
 *
 * Infinite when the embedding holds a value that is not finite.
 */
export function goldenDifference(embedding: Float32Array, golden: GoldenImage): number {
  const l2 = lengthOf(embedding)
  if (!Number.isFinite(l2)) return Number.POSITIVE_INFINITY
  const rootMeanSquare = golden.l2 / Math.sqrt(embedding.length) || 1
  const lengths = Math.abs(l2 - golden.l2) / (golden.l2 || 1)
  const values = golden.first.map((value, i) => Math.abs(embedding[i] - value) / rootMeanSquare)
  return Math.max(lengths, ...values)
}

/** What a passport keeps of an embedding: its length and its first eight values, to six significant digits. */
export function goldenValues(embedding: Float32Array): { l2: number; first: number[] } {
  const short = (value: number) => Number(value.toPrecision(6))
  return { l2: short(lengthOf(embedding)), first: Array.from(embedding.subarray(0, 8), short) }
}

function lengthOf(embedding: Float32Array): number {
  let sum = 0
  for (const value of embedding) sum += value * value
  return Math.sqrt(sum)
}
