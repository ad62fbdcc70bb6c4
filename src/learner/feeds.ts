import { type Chance, Tensor } from '../tensor/index.ts'
import type { Context } from './context.ts'
import { inputName } from './input-name.ts'
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

/** What an update reads besides weights and gradients: the optimiser's memory and numbers, the anchor, the columns. */
export function updateFeeds(context: Context, { rate, factors, columns }: StepOptions): Feeds {
  const { memory, options } = context
  const feeds = numberFeeds(context, rate ?? options.optimiser.rate, factors)
  if (memory.anchor !== undefined) Object.assign(feeds, anchorFeeds(memory))
  if (columns !== undefined) feeds[inputName.columns] = chosen(columns, memory.classes)
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
function numberFeeds(
  { memory, groups, options: { optimiser } }: Context,
  rate: number,
  factors: StepOptions['factors'] = {},
): Feeds {
  const { entries, steps, ages } = memory
  const feeds: Feeds = {}
  const after = (group: number) => {
    const { name, weightDecay = optimiser.weightDecay } = groups[group]
    const factor = factors[name] ?? groups[group].factor ?? 1
    return (taken: number) => optimiser.numbersAt({ rate: rate * factor, count: taken + 1, weightDecay })
  }
  const ofColumns = new Map<number, readonly Tensor[]>()
  for (const entry of entries) {
    const { group, grows } = entry
    const tensors = grows
      ? (ofColumns.get(group) ?? columnNumbers(ages, after(group), optimiser.numbers.length))
      : undefined
    if (tensors !== undefined) ofColumns.set(group, tensors)
    const single = tensors === undefined ? after(group)(steps[group]) : []
    optimiser.numbers.forEach((what, k) => {
      feeds[inputName.number(what, entry, groups)] ??= tensors?.[k] ?? scalar(single[k])
    })
  }
  return feeds
}

/** Most columns are of one age, and what they ask for is worked out once. */
function columnNumbers(ages: Uint32Array, after: (taken: number) => readonly number[], count: number) {
  const numbers = Array.from({ length: count }, () => new Float32Array(ages.length))
  const byAge = new Map<number, readonly number[]>()
  ages.forEach((age, c) => {
    if (!byAge.has(age)) byAge.set(age, after(age))
    const known = byAge.get(age)!
    for (let k = 0; k < count; k++) numbers[k][c] = known[k]
  })
  return numbers.map((values) => new Tensor('float32', values, [values.length]))
}

function chosen(columns: readonly number[], classes: number): Tensor {
  const data = new Uint8Array(classes)
  for (const column of columns) data[column] = 1
  return new Tensor('bool', data, [classes])
}

/** 1 for each row that is an example, 0 for those that fill a graph up. */
export function presence(count: number, rows: number): Tensor<'float32'> {
  return new Tensor('float32', new Float32Array(rows).fill(1, 0, count), [rows])
}

export function scalar(value: number): Tensor<'float32'> {
  return new Tensor('float32', Float32Array.of(value), [])
}
