import type { Evaluations } from './evaluations.ts'
import { accuracyMatrix } from './matrix.ts'

/**
 * A matrix that somebody else computed, as evaluations: what rests on single answers is then `undefined`.
 *
 * @param R shares 0 … 1, R[i][j] on task j after learning task i; a row may end at its own task
 * @param options.sizes test examples of each task, for the `@sample` metrics
 * @param options.baseline b[j], accuracy on task j before anything was learned, for forward transfer
 * @example evaluationsFromMatrix([[0.9], [0.6, 0.8]]) has forgetting 0.3 and backward transfer −0.3
 */
export function evaluationsFromMatrix(
  R: readonly (readonly (number | undefined | null)[])[],
  { sizes, baseline }: { sizes?: readonly number[]; baseline?: readonly (number | undefined)[] } = {},
): Evaluations {
  const matrix = accuracyMatrix(R)
  const columns = Array.from({ length: matrix.tasks }, (_, j) => j)
  const rows = R.map((_, i) => ({
    after: i,
    tick: undefined,
    cells: columns.map((j) => {
      const accuracy = matrix.at(i, j)
      if (accuracy === undefined) return undefined
      const total = sizes?.[j]
      return {
        accuracy,
        total,
        correct: total === undefined ? undefined : accuracy * total,
        correctWithin: undefined,
        inTask: undefined,
      }
    }),
    confusion: undefined,
  }))
  return {
    R: matrix,
    rows,
    all: rows,
    tasks: columns.map(() => ({ classes: [] })),
    classes: 0,
    baseline: columns.map((j) => baseline?.[j]),
    headKnew: () => true,
  }
}
