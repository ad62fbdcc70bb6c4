import { mean } from './matrix.ts'
import { defineMetric } from './metric.ts'
import { learned } from './vectors.ts'

/**
 * Accuracy when the task is given: after the last task, the best-scored class among those of the example's own
 * task. What is lost between this and `accuracy.last@task` is lost in telling tasks apart.
 *
 *   mean over j of ( right within task j / n_j ),   at the last row
 *
 * Range 0 … 1, higher is better. Undefined where only a matrix is known.
 * @source van de Ven & Tolias, "Three scenarios for continual learning", 2019. arXiv:1904.07734
 */
export const accuracyWithinTask = defineMetric({
  id: 'accuracy.within-task@task',
  title: 'Accuracy with the task given, mean over tasks',
  symbol: 'A_T | task',
  formula: 'mean over j of the share right among the classes of task j, after T',
  range: [0, 1],
  better: 'higher',
  source: 'van de Ven & Tolias 2019. arXiv:1904.07734',
  printedBy: 'Mammoth as Task-IL accuracy beside Class-IL; FACIL as TAw accuracy',
  of: ({ rows }) => {
    const last = rows.at(-1)
    if (!last) return undefined
    return mean(
      learned(last).map((cell) =>
        cell?.total === undefined || cell.correctWithin === undefined
          ? undefined
          : cell.correctWithin / cell.total,
      ),
    )
  },
})
