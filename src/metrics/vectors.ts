import type { EvaluationCell, EvaluationRow, Evaluations } from './evaluations.ts'
import { mean, range } from './matrix.ts'

/**
 * Accuracy by task at row i (default the last), [T]; `undefined` for tasks that were not evaluated then.
 */
export function accuracyByTask({ R }: Evaluations, i = R.size - 1): (number | undefined)[] {
  return range(0, R.tasks).map((j) => R.at(i, j))
}

/**
 * Accuracy by class at row i (default the last), [K]: of the examples of a class, the share named right.
 * `undefined` for a class without test examples then.
 */
export function accuracyByClass(
  { rows, classes: K }: Evaluations,
  i = rows.length - 1,
): (number | undefined)[] {
  const confusion = rows[i]?.confusion
  return range(0, K).map((label) => {
    const answers = confusion?.subarray(label * K, (label + 1) * K)
    const total = answers?.reduce((sum, count) => sum + count, 0)
    return answers && total ? answers[label] / total : undefined
  })
}

/**
 * Accuracy over the tasks seen so far, row by row of R: the curve that papers draw.
 *
 * `task`: mean of the tasks' accuracies. `sample`: right answers over examples. Equal if test sets are.
 */
export function accuracyCurve(evaluations: Evaluations, over: 'task' | 'sample'): (number | undefined)[] {
  return evaluations.rows.map((row) => (over === 'task' ? accuracyOverTasks(row) : accuracyOverSamples(row)))
}

/** Mean over the tasks learned by then; `undefined` unless each of them was evaluated. */
export function accuracyOverTasks(row: EvaluationRow): number | undefined {
  return mean(learned(row).map((cell) => cell?.accuracy))
}

/** Right answers over examples, all test sets of the tasks learned by then together. */
export function accuracyOverSamples(row: EvaluationRow): number | undefined {
  return share(row, (cell) => cell.correct)
}

/** Σ of a count over Σ of examples, for the tasks learned by then; `undefined` unless each is known. */
export function share(
  row: EvaluationRow,
  count: (cell: EvaluationCell) => number | undefined,
): number | undefined {
  const cells = learned(row)
  let counted = 0
  let total = 0
  for (const cell of cells) {
    const here = cell && count(cell)
    if (here === undefined || cell?.total === undefined) return undefined
    counted += here
    total += cell.total
  }
  return total > 0 ? counted / total : undefined
}

/** Cells of the tasks 0 … after, evaluated or not. */
export function learned(row: EvaluationRow): readonly (EvaluationCell | undefined)[] {
  return row.cells.slice(0, row.after + 1)
}
