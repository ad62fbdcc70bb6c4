import { bytesOf, type Network, type Parts, pruned, withLoss } from '../autodiff/index.ts'
import { countOperations, readModel } from '../onnx/index.ts'
import type { Context } from './context.ts'
import { dataInputs } from './context.ts'
import type { Front } from './fronts.ts'
import { lossOf, updateGraph } from './graphs.ts'
import type { Headed } from './networks.ts'
import type { Operations } from './options.ts'
import { moving, updatePlan } from './plans.ts'

/** Operations, and of an example's features alone. */
type Counts = Operations & { readonly features: number }

/** Tells `count` what a pass took. */
export async function bill(
  context: Context,
  front: Front,
  frozen: readonly string[],
  taken: Readonly<Partial<Record<keyof Counts, number>>>,
): Promise<void> {
  const { count } = context.options
  if (count === undefined) return
  const counts = await operationsOf(context, front, frozen)
  const sum = Object.entries(taken).reduce((all, [what, n]) => all + n * counts[what as keyof Counts], 0)
  count(Math.round(sum)) // what a graph takes once, such as the last product of its loss, is shared among its rows
}

/**
 * Counted from the network's own graph, pruned to what a pass needs and before it is put into faster forms, so that a
 * trick of the engine changes no record.
 *
 * Backward, node by node, as in training-operations.ts: a product costs itself once more for each operand that a
 * gradient goes to, so that full training is 3 F less the first layer, a head on a frozen trunk F + 2 F_head, and what
 * lies below the first trained weight nothing; all else costs itself once more where a gradient passes. Gains, biases
 * and sums of gradients are not counted. What is done to weights alone (a cosine head's are normalised) is a part of
 * the update.
 */
export async function operationsOf(
  context: Context,
  front: Front,
  frozen: readonly string[],
): Promise<Counts> {
  const { counts, memory, loss } = context
  const key = `${front.name}, ${memory.classes}, ${[...frozen].sort().join()}, ${memory.anchor !== undefined}`
  const known = counts.get(key)
  if (known?.loss === loss) return known.counts
  const { networks, options } = context
  const headed = await networks.of(
    { rows: options.batch, classes: memory.classes },
    options.batchNorm === 'training' ? 'evaluation' : 'training',
  )
  const made = counted(context, headed, frozen, await shownFor(context, front))
  counts.set(key, { loss, counts: made })
  return made
}

/** Operations of showing one example. */
async function shownFor({ networks, options }: Context, front: Front): Promise<number> {
  const shown = await networks.fronts.graph(front, options.batch)
  if (shown === undefined) return 0
  const fed = new Set(shown.network.inputs.map(({ name }) => name))
  return passed(shown.network, [shown.output], fed, new Set()).forward / options.batch
}

function counted(context: Context, headed: Headed, frozen: readonly string[], shown: number): Counts {
  const { options, loss, memory } = context
  const { plain, features, scores } = headed
  const rows = options.batch
  const places = moving(context, frozen)
  const moved = new Set(places.map((place) => memory.entries[place].ref.name))
  const fed = new Set(dataInputs(context, plain.inputs).map(({ name }) => name))
  const worth = (options.terms ?? []).map(({ weight }) => weight)
  const above = withLoss(plain, lossOf({ headed, loss, worth }))
  const whole = passed(above.whole, [above.loss.name], fed, moved)
  const update = updateGraph(updatePlan(context, {}), places)
  return {
    features: shown + passed(plain, [features.name], fed, new Set()).forward / rows,
    forward: shown + passed(plain, [scores.name], fed, new Set()).forward / rows,
    gradients: shown + (whole.forward + whole.backward) / rows,
    update: whole.ofWeights + costsOf(update.parts).reduce((sum, { flops }) => sum + flops, 0),
  }
}

/** Operations of the nodes that these outputs need, forward and backward, apart from those of weights alone. */
function passed(
  network: Network,
  outputs: readonly string[],
  fed: ReadonlySet<string>,
  moved: ReadonlySet<string>,
) {
  const reached = new Set(fed)
  const active = new Set(moved)
  const sums = { forward: 0, backward: 0, ofWeights: 0 }
  for (const { inputs, made, flops, macs } of costsOf({
    ...network,
    outputs,
    nodes: pruned(network.nodes, outputs),
  })) {
    const isFed = inputs.some((name) => reached.has(name))
    const gradients = inputs.slice(0, 2).filter((name) => active.has(name)).length
    const passes = inputs.some((name) => active.has(name) && (reached.has(name) || !isFed))
    const back = macs > 0 ? gradients * 2 * macs : passes ? flops : 0
    if (isFed) for (const name of made) reached.add(name)
    if (inputs.some((name) => active.has(name))) {
      for (const name of made) if (network.shapes.get(name)?.type.startsWith('float')) active.add(name)
    }
    if (isFed) {
      sums.forward += flops
      sums.backward += back
    } else sums.ofWeights += flops + back
  }
  return sums
}

/** What each node costs; the numbers in constants do not matter, only their shapes, so they stand as inputs. */
function costsOf(parts: Parts) {
  const still = [...parts.constants].map(([name, { type, dims }]) => ({ name, type, dims }))
  const inputs = [...parts.inputs, ...still]
  const shapes = new Map([...parts.shapes, ...inputs.map((ref) => [ref.name, ref] as const)])
  const model = readModel(bytesOf({ ...parts, inputs, shapes, constants: new Map() }), 'counted')
  const { byNode } = countOperations(model, shapes)
  const isSingle = (name: string) => shapes.get(name)?.dims.length === 0
  return model.graph.nodes.map(({ inputs, outputs: made }, i) => {
    const { flops, macs } = byNode[i]
    return { inputs, made, macs, flops: [...inputs, ...made].every(isSingle) ? 0 : flops }
  })
}
