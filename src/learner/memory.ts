import { Tensor } from '../tensor/index.ts'
import { inputName } from './graphs.ts'
import { type Entry, type Group, lengthOf, partOf, relaid, widened } from './layout.ts'
import type { Optimiser } from './optimisers/index.ts'
import type { Anchor } from './options.ts'
import { type TwoSided, twoSided } from './two-sided.ts'

/** Everything of a learner that is numbers: weights, what the optimiser keeps of them, gradient sums, the anchor. */
export interface Memory {
  readonly entries: readonly Entry[]
  readonly classes: number
  readonly weights: TwoSided
  /** In the order of the optimiser's `keeps`. */
  readonly kept: readonly TwoSided[]
  readonly sums: TwoSided
  /** Steps of each group. */
  readonly steps: Uint32Array<ArrayBuffer>
  /** Steps of each class: a column that comes later is younger, and its moments are corrected for that. */
  readonly ages: Uint32Array<ArrayBuffer>
  readonly anchor: FlatAnchor | undefined
}

export interface FlatAnchor {
  readonly strength: number
  readonly importance: Float32Array<ArrayBuffer>
  readonly at: Float32Array<ArrayBuffer>
}

export function memoryOf(
  entries: readonly Entry[],
  parts: {
    classes: number
    weights: Float32Array
    kept: readonly Float32Array[]
    steps: Uint32Array
    ages: Uint32Array
    anchor: FlatAnchor | undefined
  },
): Memory {
  return {
    entries,
    classes: parts.classes,
    weights: twoSided(entries, parts.weights),
    kept: parts.kept.map((flat) => twoSided(entries, flat)),
    sums: twoSided(entries, new Float32Array(lengthOf(entries))),
    steps: Uint32Array.from(parts.steps),
    ages: Uint32Array.from(parts.ages),
    anchor: parts.anchor,
  }
}

/** Room for more classes: what is known stays as it is, the rest is 0. */
export function widenedMemory(memory: Memory, classes: number): Memory {
  const entries = widened(memory.entries, classes)
  const wide = (flat: Float32Array) => relaid(flat, memory.entries, entries)
  const ages = new Uint32Array(classes)
  ages.set(memory.ages)
  const { anchor } = memory
  return memoryOf(entries, {
    classes,
    weights: wide(memory.weights.flat()),
    kept: memory.kept.map((part) => wide(part.flat())),
    steps: memory.steps,
    ages,
    anchor: anchor && { ...anchor, importance: wide(anchor.importance), at: wide(anchor.at) },
  })
}

export function flatAnchor({ strength, importance, at }: Anchor, memory: Memory): FlatAnchor {
  const size = lengthOf(memory.entries)
  for (const [name, given] of Object.entries({ importance, at })) {
    if (given !== undefined && given.length !== size) {
      throw new RangeError(`anchor: ${name} has ${given.length} values for ${size} weights`)
    }
  }
  return {
    strength,
    importance: importance === undefined ? new Float32Array(size).fill(1) : Float32Array.from(importance),
    at: at === undefined ? memory.weights.flat() : Float32Array.from(at),
  }
}

/** What a step reads of the anchor, by name. */
export function anchorFeeds({ entries, anchor }: Memory): Record<string, Tensor> {
  if (anchor === undefined) return {}
  const feeds: Record<string, Tensor> = { [inputName.strength]: scalar(anchor.strength) }
  for (const entry of entries) {
    const { name, dims } = entry.ref
    const view = (flat: Float32Array) =>
      new Tensor('float32', partOf(flat, entry) as Float32Array<ArrayBuffer>, dims)
    feeds[inputName.anchor(name)] = view(anchor.at)
    feeds[inputName.importance(name)] = view(anchor.importance)
  }
  return feeds
}

/** The optimiser's numbers for the next step: one a group, and one a class for weights that grow with the classes. */
export function numberFeeds(
  { entries, steps, ages }: Memory,
  { groups, optimiser, rate }: { groups: readonly Group[]; optimiser: Optimiser; rate: number },
): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {}
  for (const entry of entries) {
    const { factor = 1, weightDecay = optimiser.weightDecay } = groups[entry.group]
    const at = (taken: number) => optimiser.numbersAt({ rate: rate * factor, count: taken + 1, weightDecay })
    const perClass = entry.grows ? Array.from(ages, at) : []
    optimiser.numbers.forEach((what, k) => {
      const name = inputName.number(what, entry, groups)
      if (entry.grows) {
        feeds[name] = new Tensor(
          'float32',
          Float32Array.from(perClass, (numbers) => numbers[k]),
          [ages.length],
        )
      } else feeds[name] ??= scalar(at(steps[entry.group])[k])
    })
  }
  return feeds
}

export function scalar(value: number): Tensor<'float32'> {
  return new Tensor('float32', Float32Array.of(value), [])
}
