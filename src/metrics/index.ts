import { either, nearest, StreambedError } from '../error.ts'
import { accuracyAverageSample } from './accuracy-average-sample.ts'
import { accuracyAverageTask } from './accuracy-average-task.ts'
import { accuracyLastSample } from './accuracy-last-sample.ts'
import { accuracyLastTask } from './accuracy-last-task.ts'
import { accuracyWithinTask } from './accuracy-within-task.ts'
import { bwtDiazrodriguez18 } from './bwt-diazrodriguez18.ts'
import { bwtLopezpaz17 } from './bwt-lopezpaz17.ts'
import { forgettingAllRows } from './forgetting-all-rows.ts'
import { forgettingChaudhry18 } from './forgetting-chaudhry18.ts'
import { forgettingFirstLast } from './forgetting-first-last.ts'
import { fwtLopezpaz17 } from './fwt-lopezpaz17.ts'
import { learningAccuracy } from './learning-accuracy.ts'
import type { Metric } from './metric.ts'
import { taskInference } from './task-inference.ts'

export type { EvaluationCell, EvaluationRow, Evaluations } from './evaluations.ts'
export { evaluationsFromMatrix } from './evaluations-from-matrix.ts'
export { evaluationsOf } from './evaluations-of.ts'
export type { AccuracyMatrix } from './matrix.ts'
export type { Metric } from './metric.ts'
export { accuracyByClass, accuracyByTask, accuracyCurve } from './vectors.ts'

/** Every metric, in the order in which `streambed list metrics` prints them. */
export const metrics: readonly Metric[] = [
  accuracyLastTask,
  accuracyLastSample,
  accuracyAverageTask,
  accuracyAverageSample,
  forgettingChaudhry18,
  forgettingFirstLast,
  forgettingAllRows,
  bwtLopezpaz17,
  bwtDiazrodriguez18,
  fwtLopezpaz17,
  learningAccuracy,
  accuracyWithinTask,
  taskInference,
]

/**
 * The metric with this id.
 *
 * @throws unknown-metric, with the nearest id.
 */
export function metricById(id: string, where?: string): Metric {
  const found = metrics.find((metric) => metric.id === id)
  if (found) return found
  const ids = metrics.map((metric) => metric.id)
  const guess = nearest(id, ids)
  throw new StreambedError('unknown-metric', {
    what: `There is no metric called ${id}.`,
    where,
    mend: guess ? `Did you mean ${guess}?` : `There are ${either(ids)}.`,
  })
}
