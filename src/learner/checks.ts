import { StreambedError } from '../error.ts'
import { sizeOf } from '../tensor/index.ts'
import type { Context } from './context.ts'
import { lengthOf, widened } from './layout.ts'
import type { LearnerOptions, LearnerState } from './options.ts'

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

/** @throws learner-state-mismatch for a state saved by a learner with other weights, groups or another optimiser */
export function checkState(
  { memory, options, groups, statistics, label }: Context,
  saved: LearnerState,
): void {
  const size = lengthOf(widened(memory.entries, saved.classes))
  const kept = options.optimiser.keeps
  const expected: [string, number, number][] = [
    ['weights', saved.weights.length, size],
    [`tensors that ${options.optimiser.name} keeps`, saved.kept.length, kept.length],
    ['groups of weights', saved.steps.length, groups.length],
    ...[...statistics].map(([name, { dims }]): [string, number, number] => [
      `values of the running statistic ${name}`,
      saved.statistics[name]?.length ?? 0,
      sizeOf(dims),
    ]),
  ]
  const wrong = expected.find(([, seen, here]) => seen !== here)
  if (wrong === undefined) return
  throw new StreambedError('learner-state-mismatch', {
    what: `The saved state has ${wrong[1]} ${wrong[0]}, and this learner has ${wrong[2]}.`,
    where: label,
    mend: 'Resume with the options of the run that was stopped: the same network, trainable weights, groups and optimiser.',
  })
}
