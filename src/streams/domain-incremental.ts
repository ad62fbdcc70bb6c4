import { either, StreambedError } from '../error.ts'
import { learnAndEvaluate } from './class-incremental.ts'
import { classOrder } from './class-order.ts'
import type { Arranged, Arrangement, ArrangementRequest } from './declaration.ts'
import { rowsByGroup } from './rows.ts'
import type { StreamEvent } from './stream.ts'
import type { TaskSizes } from './task-sizes.ts'

/**
 * All classes from the start; each task shows them in another domain (a look, a place, a season).
 *
 * The order of a suite permutes the domains here, and labels stay the dataset's. `evaluate: 'all'` also asks about
 * domains that are still to come, which forward transfer needs; 'seen' asks about those learned so far.
 * @source van de Ven et al., "Three types of incremental learning", Nature Machine Intelligence 4, 2022, table 1.
 */
export function domainIncremental(options: { evaluate?: 'seen' | 'all' } = {}): Arrangement {
  const evaluate = options.evaluate ?? 'seen'
  return {
    scenario: 'domain-incremental',
    tasks: 'domains',
    parse: (asked, { title }, where) => parseDomains(asked, title, where),
    arrange({ dataset, tasks, order, where }: ArrangementRequest): Arranged {
      const domains = dataset.domains
      if (domains === undefined) {
        throw new StreambedError('no-domains', {
          what: `${dataset.title} has one domain only, so it makes no domain-incremental stream.`,
          where,
          mend: 'Choose a class-incremental stream of it, or a dataset with several domains.',
        })
      }
      const count = domains.names.length
      const asked = parseDomains(tasks, dataset.title, where)
      if (asked !== 'domains' && asked !== count) {
        throw new StreambedError('stream-does-not-divide', {
          what: `${dataset.title} has ${count} domains, which do not make ${asked} tasks.`,
          where,
          mend: `Leave \`tasks\` out: each domain (${either(domains.names)}) is a task.`,
        })
      }
      const { permutation: places } = classOrder(order, count, where)
      const identity = (domain: number) => domain
      const train = rowsByGroup(domains.of.train, identity, count)
      const test = rowsByGroup(domains.of.test, identity, count)
      const classes = dataset.classes.map((_, label) => label)
      return {
        shape: { name: `${count}-domains`, title: `${count} domains` },
        permutation: classes,
        variant: evaluate === 'all' ? 'all tasks evaluated' : undefined,
        tasks: places.map((domain) => ({ classes, test: test[domain], name: domains.names[domain] })),
        chunks: places.map((domain) => train[domain]),
        events: [
          { kind: 'classes', task: 0, classes },
          // What the untrained network answers: the b of forward transfer.
          ...(evaluate === 'all'
            ? [{ kind: 'evaluate', after: -1, sets: places.map((_, task) => task) } as const]
            : []),
          ...places.flatMap((_, task): StreamEvent[] =>
            learnAndEvaluate(task, evaluate === 'all' ? count : task + 1),
          ),
        ],
      }
    },
  }
}

function parseDomains(asked: TaskSizes, title: string, where?: string): 'domains' | number {
  if (asked === 'domains') return asked
  const tasks = typeof asked === 'string' && /^\d+$/.test(asked) ? Number(asked) : asked
  if (typeof tasks === 'number' && Number.isInteger(tasks) && tasks >= 1) return tasks
  throw new StreambedError('task-sizes-unreadable', {
    what: `“${Array.isArray(asked) ? `[${asked.join(', ')}]` : asked}” is no way to cut a stream of domains.`,
    where,
    mend: `Leave \`tasks\` out: each domain of ${title} is a task.`,
  })
}
