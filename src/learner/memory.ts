import { type Entry, type Group, layOut, lengthOf, relaid, widened } from './layout.ts'
import type { Networks } from './networks.ts'
import type { Optimiser } from './optimisers/index.ts'
import type { Anchor, LearnerState } from './options.ts'
import { type Sums, sumsOf } from './sums.ts'
import { type TwoSided, twoSided } from './two-sided.ts'

/** Everything of a learner that is numbers: weights, what the optimiser keeps of them, gradient sums, the anchor. */
export interface Memory {
  readonly entries: readonly Entry[]
  readonly classes: number
  readonly weights: TwoSided
  /** In the order of the optimiser's `keeps`. */
  readonly kept: readonly TwoSided[]
  /** Sums of gradients, made when they are first needed: a batch in one run needs none. */
  readonly sums: Sums
  /** Steps of each group. */
  readonly steps: Uint32Array<ArrayBuffer>
  /** Steps of each class: a column that comes later is younger, and its moments are corrected for that. */
  readonly ages: Uint32Array<ArrayBuffer>
  anchor: FlatAnchor | undefined
}

interface FlatAnchor {
  readonly strength: number
  readonly importance: Float32Array<ArrayBuffer>
  readonly at: Float32Array<ArrayBuffer>
}

type SavedMemory = Omit<LearnerState, 'statistics' | 'chances'>

/** Weights as the network has them, and an optimiser that knows nothing. */
export function firstMemory(
  networks: Networks,
  groups: readonly Group[],
  { keeps }: Pick<Optimiser, 'keeps'>,
): Memory {
  const weights = [...networks.weights]
  const entries = layOut(
    weights.map(([name, { dims }]) => {
      const head = networks.head.has(name)
      return { ref: { name, type: 'float32', dims }, head, grows: head && dims.length > 0 }
    }),
    groups,
  )
  const flat = new Float32Array(lengthOf(entries))
  for (const [i, { offset }] of entries.entries()) flat.set(weights[i][1].data as Float32Array, offset)
  return memoryOf(entries, {
    classes: networks.classes,
    weights: flat,
    kept: keeps.map(() => new Float32Array(flat.length)),
    steps: new Uint32Array(groups.length),
    ages: new Uint32Array(networks.classes),
    anchor: null,
  })
}

export function memoryOf(entries: readonly Entry[], saved: SavedMemory): Memory {
  const { classes, weights, kept, steps, ages, anchor } = saved
  let sums: Sums | undefined
  return {
    entries,
    classes,
    weights: twoSided(entries, weights),
    kept: kept.map((flat) => twoSided(entries, flat)),
    get sums() {
      sums ??= sumsOf(entries)
      return sums
    },
    steps: Uint32Array.from(steps),
    ages: Uint32Array.from(ages),
    anchor: anchor === null ? undefined : copied(anchor),
  }
}

export function savedMemory({ classes, weights, kept, steps, ages, anchor }: Memory): SavedMemory {
  return {
    classes,
    weights: weights.flat(),
    kept: kept.map((part) => part.flat()),
    steps: steps.slice(),
    ages: ages.slice(),
    anchor: anchor === undefined ? null : copied(anchor),
  }
}

/** Room for more classes: what is known stays as it is, the rest is 0. */
export function widenedMemory(memory: Memory, classes: number): Memory {
  const entries = widened(memory.entries, classes)
  const wide = (flat: Float32Array) => relaid(flat, memory.entries, entries)
  const { weights, kept, steps, anchor } = savedMemory(memory)
  const ages = new Uint32Array(classes)
  ages.set(memory.ages)
  return memoryOf(entries, {
    classes,
    weights: wide(weights),
    kept: kept.map(wide),
    steps,
    ages,
    anchor: anchor && { ...anchor, importance: wide(anchor.importance), at: wide(anchor.at) },
  })
}

/** The optimiser begins anew. */
export function forget(memory: Memory): void {
  for (const part of memory.kept) part.set(new Float32Array(lengthOf(memory.entries)))
  memory.steps.fill(0)
  memory.ages.fill(0)
}

/** An anchor with all its numbers. */
export function flatAnchor({ strength, importance, at }: Anchor, memory: Memory): FlatAnchor {
  const size = lengthOf(memory.entries)
  return {
    strength,
    importance: importance === undefined ? new Float32Array(size).fill(1) : Float32Array.from(importance),
    at: at === undefined ? memory.weights.flat() : Float32Array.from(at),
  }
}

function copied({ strength, importance, at }: NonNullable<LearnerState['anchor']>): FlatAnchor {
  return { strength, importance: Float32Array.from(importance), at: Float32Array.from(at) }
}
