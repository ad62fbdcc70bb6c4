import type { Scores } from '../method/index.ts'

/** The scores of one image, by classifier. */
export function rowOf(
  scores: Readonly<Record<string, Scores>>,
  image: number,
  columns: number,
): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(scores).map(([name, of]) => [name, of.slice(image * columns, (image + 1) * columns)]),
  )
}
