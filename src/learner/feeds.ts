import { type Chance, Tensor } from '../tensor/index.ts'
import type { Context } from './context.ts'
import { inputName } from './graphs.ts'
import { partOf } from './layout.ts'
import { drawn } from './masks.ts'
import type { Memory } from './memory.ts'

type Feeds = Record<string, Tensor>

/** Weights and running statistics as they are now, and masks: drawn, or all 1 without a chance. */
export function networkFeeds(context: Context, rows: number, random: Chance | undefined): Feeds {
  const { memory, statistics, options } = context
  const feeds: Feeds = Object.fromEntries(statistics)
  memory.entries.forEach(({ ref }, i) => (feeds[ref.name] = memory.weights.now(i)))
  for (const mask of options.masks ?? []) feeds[mask.name] = drawn(mask, rows, random)
  return feeds
}

/** The sums of gradients, under one of the names that graphs have for them. */
export function sumFeeds({ entries, sums }: Memory, name: (weight: string) => string): Feeds {
  return Object.fromEntries(entries.map(({ ref }, i) => [name(ref.name), sums.now(i)]))
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
    const { name, dims } = entry.ref
    const view = (flat: Float32Array<ArrayBuffer>) =>
      new Tensor('float32', partOf(flat, entry) as Float32Array<ArrayBuffer>, dims)
    feeds[inputName.anchor(name)] = view(anchor.at)
    feeds[inputName.importance(name)] = view(anchor.importance)
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

export function scalar(value: number): Tensor<'float32'> {
  return new Tensor('float32', Float32Array.of(value), [])
}
