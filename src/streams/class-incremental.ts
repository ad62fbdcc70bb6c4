import { classOrder, inverseOf } from './class-order.ts'
import type { Arranged, Arrangement, ArrangementRequest } from './declaration.ts'
import { rowsByGroup } from './rows.ts'
import type { StreamEvent, TaskIndex } from './stream.ts'
import { parseTaskSizes, shapeOf, type TaskSizes, taskSizes } from './task-sizes.ts'

/**
 * Classes arrive in disjoint groups; each is met once. A task is: its classes appear, its images are learned, the
 * boundary, then all tasks seen so far are evaluated, their images shuffled together by the protocol.
 *
 * Label i is the i-th class of the order, so a task owns a run of consecutive labels.
 * @source Rebuffi et al., "iCaRL", CVPR 2017, section 4. arXiv:1611.07725
 */
export function classIncremental(options: { tasks: TaskSizes }): Arrangement {
  return splitOfClasses('class-incremental', { ...options, evaluate: 'seen' })
}

/**
 * The same split, but the method is told which task an image comes from and chooses among its classes only.
 *
 * `evaluate: 'all'` also asks about tasks that are still to come, which forward transfer needs.
 * @source Lopez-Paz and Ranzato, "Gradient Episodic Memory", NeurIPS 2017, section 2. arXiv:1706.08840
 */
export function taskIncremental(options: { tasks: TaskSizes; evaluate?: 'seen' | 'all' }): Arrangement {
  return splitOfClasses('task-incremental', { evaluate: 'seen', ...options })
}

function splitOfClasses(
  scenario: 'class-incremental' | 'task-incremental',
  { tasks, evaluate }: { tasks: TaskSizes; evaluate: 'seen' | 'all' },
): Arrangement {
  return {
    scenario,
    tasks,
    parse(asked, { classes, title }, where) {
      if (classes !== undefined) taskSizes(asked, classes, title, where)
      return parseTaskSizes(asked, where)
    },
    arrange({ dataset, tasks: asked, order, where }: ArrangementRequest): Arranged {
      const sizes = taskSizes(asked, dataset.classes.length, dataset.title, where)
      const { permutation } = classOrder(order, dataset.classes.length, where)
      const taskOf = taskOfClass(permutation, sizes)
      const train = rowsByGroup(dataset.splits.train.labels, (label) => taskOf[label], sizes.length)
      const test = rowsByGroup(dataset.splits.test.labels, (label) => taskOf[label], sizes.length)
      let start = 0
      const groups = sizes.map((size) => {
        const classes = Array.from({ length: size }, (_, i) => start + i)
        start += size
        return classes
      })
      return {
        shape: shapeOf(sizes),
        permutation,
        variant: evaluate === 'all' ? 'all tasks evaluated' : undefined,
        tasks: groups.map((classes, task) => ({ classes, test: test[task] })),
        chunks: train,
        events: groups.flatMap((classes, task): StreamEvent[] => [
          { kind: 'classes', task, classes },
          ...learnAndEvaluate(task, evaluate === 'all' ? groups.length : task + 1),
        ]),
      }
    },
  }
}

/** [classes] the task of each of the dataset's classes. */
function taskOfClass(permutation: readonly number[], sizes: readonly number[]): number[] {
  const taskOfLabel = sizes.flatMap((size, task) => new Array<number>(size).fill(task))
  return inverseOf(permutation).map((label) => taskOfLabel[label])
}

/** Learn chunk `task`, the boundary, then evaluate the first `evaluated` tasks. */
export function learnAndEvaluate(task: TaskIndex, evaluated: number): StreamEvent[] {
  return [
    { kind: 'learn', task, chunk: task },
    { kind: 'boundary', task },
    { kind: 'evaluate', after: task, sets: Array.from({ length: evaluated }, (_, set) => set) },
  ]
}
