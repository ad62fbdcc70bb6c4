import { defineMetric } from './metric.ts'
import { share } from './vectors.ts'

/**
 * Task inference: after the last task, how often the predicted class, right or wrong, is one of the example's own
 * task. An answer can't be right without it: accuracy = P(task) · P(class | task right).
 *
 * Range 0 … 1, higher is better. Undefined where tasks share classes, since a class then names no task.
 * @source Kim et al., "A Theoretical Study on Solving Continual Learning", NeurIPS 2022, section 3. arXiv:2211.02633
 */
export const taskInference = defineMetric({
  id: 'task-inference@sample',
  title: 'Task inference, over samples',
  symbol: 'P(task)',
  formula: 'Σ_j ( answers on task j that name a class of task j ) / Σ_j n_j, after T',
  range: [0, 1],
  better: 'higher',
  source: 'Kim et al. 2022, section 3. arXiv:2211.02633',
  printedBy: 'papers that split class-incremental error into task-id prediction and within-task prediction',
  of: ({ rows, tasks }) => {
    const last = rows.at(-1)
    const named = tasks.flatMap((task) => task.classes)
    if (!last || new Set(named).size < named.length) return undefined
    return share(last, (cell) => cell.inTask)
  },
})
