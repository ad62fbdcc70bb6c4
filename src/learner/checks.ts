import { StreambedError } from '../error.ts'
import { sizeOf } from '../tensor/index.ts'
import type { Context } from './context.ts'
import { lengthOf, widened } from './layout.ts'
import type { LearnerOptions, LearnerState, Snapshot, StepOptions } from './options.ts'

/** @throws RangeError for a number that cannot be meant */
export function checkOptions({ batch, threads, head, groups = [], clip }: LearnerOptions): void {
  const whole = { batch, threads, ...(head === 'none' ? {} : { classes: head.classes }) }
  for (const [name, value] of Object.entries(whole)) {
    if (!(Number.isInteger(value) && value >= 1)) throw new RangeError(`${name}: ${value} is not 1 or more`)
  }
  if (clip !== undefined && !(clip > 0)) throw new RangeError(`clip: ${clip} is not above 0`)
  const names = groups.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new RangeError(`groups: two are called ${twice}`)
}

/** @throws RangeError for a flat vector of another length than the weights have */
export function checkLength({ memory }: Context, name: string, { length }: Float32Array): void {
  const size = lengthOf(memory.entries)
  if (length !== size) throw new RangeError(`${name}: ${length} values for ${size} weights`)
}

/** @throws RangeError for a head of another length than the learner's */
export function checkHead(parts: readonly Float32Array[], { length }: Float32Array): void {
  const size = parts.reduce((sum, part) => sum + part.length, 0)
  if (length !== size) throw new RangeError(`setHead: ${length} values for a head of ${size}`)
}

/** @throws RangeError for a column that the head does not have */
export function checkColumns({ memory }: Context, { columns = [] }: StepOptions): void {
  const wrong = columns.find(
    (column) => !(Number.isInteger(column) && column >= 0 && column < memory.classes),
  )
  if (wrong !== undefined) throw new RangeError(`columns: ${wrong} of a head of ${memory.classes}`)
}

/** @throws learner-state-mismatch for a snapshot of a learner with other weights */
export function checkSnapshot(context: Context, { classes, weights, statistics }: Snapshot): void {
  refuse(context, countsOf(context, { classes, weights, statistics }))
}

/** @throws learner-state-mismatch for a state saved by a learner with other weights, groups or another optimiser */
export function checkState(context: Context, saved: LearnerState): void {
  const { options, groups } = context
  refuse(context, [
    ...countsOf(context, saved),
    [`tensors that ${options.optimiser.name} keeps`, saved.kept.length, options.optimiser.keeps.length],
    ['groups of weights', saved.steps.length, groups.length],
  ])
}

type Counted = readonly [what: string, seen: number, here: number]

function countsOf({ memory, statistics }: Context, saved: Snapshot): Counted[] {
  const size = lengthOf(widened(memory.entries, saved.classes))
  return [
    ['weights', saved.weights.length, size],
    ...[...statistics].map(
      ([name, { dims }]): Counted => [
        `values of the running statistic ${name}`,
        saved.statistics[name]?.length ?? 0,
        sizeOf(dims),
      ],
    ),
  ]
}

function refuse({ label }: Context, counts: readonly Counted[]): void {
  const wrong = counts.find(([, seen, here]) => seen !== here)
  if (wrong === undefined) return
  throw new StreambedError('learner-state-mismatch', {
    what: `The saved state has ${wrong[1]} ${wrong[0]}, and this learner has ${wrong[2]}.`,
    where: label,
    mend: 'Resume with the options of the run that was stopped: the same network, trainable weights, groups and optimiser.',
  })
}
