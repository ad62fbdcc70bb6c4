import { type Chance, Tensor } from '../tensor/index.ts'
import type { Context } from './context.ts'
import { inputName } from './graphs.ts'
import { type Entry, partOf, widened } from './layout.ts'
import { drawn } from './masks.ts'
import type { Memory } from './memory.ts'
import type { Snapshot, StepOptions } from './options.ts'

type Feeds = Record<string, Tensor>

/** Weights and running statistics as they are now (or were), and masks: drawn, or all 1 without a chance. */
export function networkFeeds(
  context: Context,
  rows: number,
  random: Chance | undefined,
  snapshot?: Snapshot,
): Feeds {
  const { memory, options } = context
  const feeds = snapshot === undefined ? feedsNow(context) : feedsThen(context, snapshot)
  for (const mask of options.masks ?? []) feeds[mask.name] = drawn(mask, rows, random)
  return feeds

  function feedsNow({ statistics }: Context): Feeds {
    const weights = memory.entries.map(({ ref }, i) => [ref.name, memory.weights.now(i)] as const)
    return Object.fromEntries([...statistics, ...weights])
  }
}

function feedsThen({ memory, statistics }: Context, snapshot: Snapshot): Feeds {
  const weights = widened(memory.entries, snapshot.classes).map(
    (entry) => [entry.ref.name, viewOf(snapshot.weights, entry)] as const,
  )
  const running = [...statistics].map(
    ([name, { dims }]) =>
      [name, new Tensor('float32', snapshot.statistics[name] as Float32Array<ArrayBuffer>, dims)] as const,
  )
  return Object.fromEntries([...running, ...weights])
}

/** An entry's part of a flat vector as a tensor. */
function viewOf(flat: Float32Array, entry: Entry): Tensor<'float32'> {
  return new Tensor('float32', partOf(flat, entry) as Float32Array<ArrayBuffer>, entry.ref.dims)
}

/** The sums of gradients, under one of the names that graphs have for them. */
export function sumFeeds({ entries, sums }: Memory, name: (weight: string) => string): Feeds {
  return Object.fromEntries(entries.map(({ ref }, i) => [name(ref.name), sums.of(i)]))
}

/** What an update reads besides weights and gradients: the optimiser's memory and numbers, and the anchor. */
export function updateFeeds(context: Context, rate: number): Feeds {
  const { memory, options } = context
  const feeds = { ...anchorFeeds(memory), ...numberFeeds(context, rate) }
  options.optimiser.keeps.forEach((what, k) => {
    memory.entries.forEach(({ ref }, i) => {
      feeds[inputName.kept(what, ref.name)] = memory.kept[k].now(i)
    })
  })
  return feeds
}

function anchorFeeds({ entries, anchor }: Memory): Feeds {
  if (anchor === undefined) return {}
  const feeds: Feeds = { [inputName.strength]: scalar(anchor.strength) }
  for (const entry of entries) {
    const { name } = entry.ref
    feeds[inputName.anchor(name)] = viewOf(anchor.at, entry)
    feeds[inputName.importance(name)] = viewOf(anchor.importance, entry)
  }
  return feeds
}

/** The optimiser's numbers for the next step: one a group, and one a class for weights that grow with the classes. */
function numberFeeds({ memory, groups, options: { optimiser } }: Context, rate: number): Feeds {
  const { entries, steps, ages } = memory
  const feeds: Feeds = {}
  for (const entry of entries) {
    const { factor = 1, weightDecay = optimiser.weightDecay } = groups[entry.group]
    const after = (taken: number) =>
      optimiser.numbersAt({ rate: rate * factor, count: taken + 1, weightDecay })
    const values = entry.grows ? Array.from(ages, after) : [after(steps[entry.group])]
    optimiser.numbers.forEach((what, k) => {
      const numbers = Float32Array.from(values, (each) => each[k])
      feeds[inputName.number(what, entry, groups)] ??= new Tensor(
        'float32',
        numbers,
        entry.grows ? [numbers.length] : [],
      )
    })
  }
  return feeds
}

/** Which columns of the head move, if not all do. */
export function columnFeeds({ memory }: Context, { columns }: StepOptions): Feeds {
  if (columns === undefined) return {}
  const data = new Uint8Array(memory.classes)
  for (const column of columns) data[column] = 1
  return { [inputName.columns]: new Tensor('bool', data, [memory.classes]) }
}

/** 1 for each row that is an example, 0 for those that fill a graph up. */
export function presence(count: number, rows: number): Tensor<'float32'> {
  return new Tensor('float32', new Float32Array(rows).fill(1, 0, count), [rows])
}

export function scalar(value: number): Tensor<'float32'> {
  return new Tensor('float32', Float32Array.of(value), [])
}
