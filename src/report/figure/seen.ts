import { accuracyCurve, type Evaluations } from '../../metrics/index.ts'

/**
 * Accuracy on the classes seen by then, by task, [T]: right answers over examples, or the mean over tasks where only
 * a matrix is known. `undefined` for tasks after which the run was not evaluated.
 */
export function accuracyOfSeen(evaluations: Evaluations): (number | undefined)[] {
  const bySample = accuracyCurve(evaluations, 'sample')
  const byTask = accuracyCurve(evaluations, 'task')
  const curve = new Array<number | undefined>(evaluations.tasks.length).fill(undefined)
  evaluations.rows.forEach((row, i) => {
    curve[row.after] = bySample[i] ?? byTask[i]
  })
  return curve
}
