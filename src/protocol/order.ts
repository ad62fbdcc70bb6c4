import { chance } from '../tensor/index.ts'

/**
 * Which rows are learned from and which are held out, and in what order they come.
 *
 * Everything here follows from the run's root seed and the place in the stream, so nothing needs saving, and
 * two methods with one seed meet the same images in the same order.
 */

/**
 * Splits the rows of a task: of each class, `share` of its images (rounded, at least one of two or more) are held
 * out for validation, drawn by seed. Both parts keep the order of `rows`.
 */
export function holdOut(
  rows: Uint32Array,
  labelOf: (row: number) => number,
  share: number,
  seed: number,
  task: number,
): { learn: Uint32Array; validation: Uint32Array } {
  if (share === 0) return { learn: rows, validation: new Uint32Array(0) }
  const byClass = new Map<number, number[]>()
  rows.forEach((row, place) => {
    const label = labelOf(row)
    const places = byClass.get(label)
    if (places) places.push(place)
    else byClass.set(label, [place])
  })
  const held = new Uint8Array(rows.length)
  for (const [label, places] of [...byClass].sort(([a], [b]) => a - b)) {
    const count = places.length < 2 ? 0 : Math.max(1, Math.round(share * places.length))
    const drawn = chance(seed, 'validation', task, label).permutation(places.length).subarray(0, count)
    for (const index of drawn) held[places[index]] = 1
  }
  return {
    learn: rows.filter((_, place) => held[place] === 0),
    validation: rows.filter((_, place) => held[place] === 1),
  }
}

/** The rows in the order of one epoch. */
export function epochOrder(
  rows: Uint32Array,
  order: 'shuffled' | 'canonical',
  seed: number,
  task: number,
  stage: number,
  epoch: number,
): Uint32Array {
  if (order === 'canonical') return rows
  return chance(seed, 'data', task, stage, epoch)
    .permutation(rows.length)
    .map((place) => rows[place])
}

/** The order in which the test images of several tasks arrive together: places 0 … n − 1, shuffled. */
export function evaluationOrder(examples: number, seed: number, after: number): Uint32Array {
  return chance(seed, 'evaluate', after).permutation(examples)
}
