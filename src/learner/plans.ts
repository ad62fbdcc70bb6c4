import type { Context } from './context.ts'
import type { StepOptions } from './options.ts'
import type { Way } from './ways.ts'

/** Places of the weights that are not frozen. */
export function moving({ memory, groups }: Context, frozen: readonly string[]): number[] {
  const known = groups.map(({ name }) => name)
  const unknown = frozen.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new RangeError(`frozen: no group is called ${unknown}: ${known.join(', ')}`)
  return [...memory.entries.keys()].filter((i) => !frozen.includes(known[memory.entries[i].group]))
}

/** What the loss of a pass is written for. */
export async function lossPlan(context: Context, { rows, mode }: Way, frozen: readonly string[]) {
  const { networks, memory, loss, options } = context
  const headed = await networks.of({ rows, classes: memory.classes }, mode)
  const worth = (options.terms ?? []).map(({ weight }) => weight)
  const { recompute = ['gelu'] } = options
  return { headed, loss, worth, wanted: moving(context, frozen), entries: memory.entries, recompute }
}

/** What the update of a pass is written for. */
export function updatePlan(
  { memory, groups, options: { optimiser, clip } }: Context,
  { columns }: StepOptions,
) {
  const anchored = memory.anchor !== undefined
  return {
    entries: memory.entries,
    groups,
    optimiser,
    clip,
    anchored,
    byColumn: columns !== undefined,
  }
}
