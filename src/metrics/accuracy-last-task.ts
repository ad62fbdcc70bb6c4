import { defineMetric } from './metric.ts'
import { accuracyOverTasks } from './vectors.ts'

/**
 * Last accuracy: after the last task, the mean of the accuracies on all tasks.
 *
 *   A_T = mean over j of R[T][j]
 *
 * Range 0 … 1, higher is better. Undefined unless every task learned was evaluated.
 * @source Lopez-Paz & Ranzato, "Gradient Episodic Memory", NeurIPS 2017, eq. 2 (ACC). arXiv:1706.08840
 */
export const accuracyLastTask = defineMetric({
  id: 'accuracy.last@task',
  title: 'Last accuracy, mean over tasks',
  symbol: 'A_T',
  formula: 'mean over j ≤ T of R[T][j]',
  range: [0, 1],
  better: 'higher',
  source: 'Lopez-Paz & Ranzato 2017, eq. 2. arXiv:1706.08840',
  printedBy: 'GEM and A-GEM as ACC; Chaudhry 2018 as A_T; Mammoth, CODA-Prompt as average accuracy',
  of: ({ rows }) => (rows.length === 0 ? undefined : accuracyOverTasks(rows[rows.length - 1])),
})
