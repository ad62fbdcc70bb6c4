import type { Ref } from '../autodiff/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { chunk } from './batches.ts'
import { checkColumns } from './checks.ts'
import type { Context } from './context.ts'
import { networkFeeds, presence, scalar, sumFeeds, updateFeeds } from './feeds.ts'
import { fusedGraph, gradientGraph, type StepGraph, updateGraph } from './graphs.ts'
import { inputName } from './input-name.ts'
import { bill } from './operations.ts'
import type { Batch, StepOptions, StepResult } from './options.ts'
import { lossPlan, updatePlan } from './plans.ts'
import { refuseNotFinite } from './refuse-not-finite.ts'
import type { Opened } from './sessions.ts'
import { type Mode, refuseCut, usesIn, type Way, wayOf } from './ways.ts'

type Outputs = Readonly<Record<string, Tensor>>

/** One update on a batch: one run where it fits, else micro-batches, their sum, and one update. */
export async function stepPass(context: Context, batch: Batch, given: StepOptions): Promise<StepResult> {
  const { options, sessions, memory } = context
  const { frozen = [], withGradients = false } = given
  checkColumns(context, given)
  const { count, way } = await wayOf(context, batch)
  if (count > options.batch || options.fused === false || withGradients) {
    const seen = await gather(context, batch, 'gradients', frozen)
    const gradients = withGradients ? memory.sums.flat() : undefined
    const told = await update(context, seen.reached, given)
    measure(context, seen.opened, seen.last)
    return { loss: seen.loss, scores: seen.scores, ...told, ...(gradients && { gradients }) }
  }
  refuseCut(context, count)
  const opened = await sessions.get(`step${shown(way)}${variant(context, given)}`, async () =>
    fusedGraph(await lossPlan(context, way, frozen), updatePlan(context, given)),
  )
  const cut = { from: 0, to: count, share: 1 / count }
  const outputs = await runOn(context, opened, batch, way, cut, updateFeeds(context, given))
  measure(context, opened, outputs)
  countStep(context, given)
  await bill(context, way.showing.front, frozen, { gradients: count, update: 1 })
  return {
    loss: numberIn(outputs, opened.graph.loss!),
    scores: valuesIn(outputs, opened.graph.scores!).subarray(0, count * memory.classes),
    ...told(opened, outputs),
  }
}

interface Gathered {
  readonly loss: number
  readonly scores: Float32Array
  /** Places of the weights that a gradient reached. */
  readonly reached: readonly number[]
  readonly opened: Opened
  /** What the last micro-batch made. */
  readonly last: Outputs
}

/**
 * Sums gradients, or their squares example by example, over the micro-batches of a batch into `memory.sums`. What no
 * gradient reaches stays 0.
 */
export async function gather(
  context: Context,
  batch: Batch,
  of: 'gradients' | 'squares',
  frozen: readonly string[],
  mode: Mode = of === 'gradients' ? 'training' : 'evaluation',
): Promise<Gathered> {
  const { memory, sessions } = context
  const uses = of === 'squares' ? await usesIn(context, frozen) : undefined
  const oneByOne = of === 'squares' && uses === undefined
  const { count, way } = await wayOf(context, batch, mode, oneByOne)
  refuseCut(context, count, mode, of === 'squares')
  const opened = await sessions.get(`${of} in ${mode}${shown(way)}${still(frozen)}`, async () =>
    gradientGraph(await lossPlan(context, way, frozen), of, uses),
  )
  memory.sums.clear()
  const scores = new Float32Array(count * memory.classes)
  const share = of === 'squares' ? 1 : 1 / count
  let loss = 0
  let last: Outputs = {}
  for (let from = 0; from < count; from += way.rows) {
    const to = Math.min(count, from + way.rows)
    const sums = sumFeeds(memory, inputName.sum)
    last = await runOn(context, opened, batch, way, { from, to, share }, sums)
    loss += numberIn(last, opened.graph.loss!)
    const part = valuesIn(last, opened.graph.scores!)
    scores.set(part.subarray(0, (to - from) * memory.classes), from * memory.classes)
  }
  await bill(context, way.showing.front, frozen, { gradients: count, update: 0 })
  return { loss, scores, reached: [...opened.graph.gradients.keys()], opened, last }
}

/** Moves the weights at these places by the gradients in `memory.sums`. */
export async function update(context: Context, places: readonly number[], given: StepOptions) {
  const { sessions, memory, networks } = context
  const { frozen = [] } = given
  checkColumns(context, given)
  const key = `update of ${places.length} weights${variant(context, given)}`
  const opened = await sessions.get(key, async () => updateGraph(updatePlan(context, given), places))
  const feeds = updateFeeds(context, given)
  Object.assign(feeds, networkFeeds(context, 0, undefined), sumFeeds(memory, inputName.gradient))
  const outputs = await run(context, opened, feeds)
  countStep(context, given)
  await bill(context, networks.fronts.all[0], frozen, { gradients: 0, update: 1 })
  return told(opened, outputs)
}

/** What tells the graphs of one kind apart. */
function variant({ memory }: Context, { frozen = [], columns }: StepOptions): string {
  const anchored = memory.anchor === undefined ? '' : ', anchored'
  return `${still(frozen)}${columns === undefined ? '' : ', by column'}${anchored}`
}

function still(frozen: readonly string[]): string {
  return frozen.length === 0 ? '' : `, ${[...frozen].sort().join(' and ')} frozen`
}

function shown({ rows }: Way): string {
  return ` of ${rows}`
}

interface Cut {
  readonly from: number
  readonly to: number
  readonly share: number
}

/** Rows `from` … `to` of a batch through a graph, with what the pass feeds besides. */
async function runOn(
  context: Context,
  opened: Opened,
  batch: Batch,
  { rows, showing, mode }: Way,
  { from, to, share }: Cut,
  feeds: Record<string, Tensor>,
): Promise<Outputs> {
  const shownRows = await showing.feeds(batch.inputs, from, to)
  const dropping = mode === 'training' ? context.dropping : undefined
  Object.assign(feeds, networkFeeds(context, rows, dropping), shownRows)
  for (const [name, dims] of Object.entries(opened.graph.fed)) {
    const ref: Ref = { name, type: 'float32', dims }
    feeds[inputName.fed(name)] = chunk(batch.targets[name], ref, from, to, 'zeros')
  }
  feeds[inputName.share] = scalar(share)
  feeds[inputName.present] = presence(to - from, rows)
  return run(context, opened, feeds)
}

/**
 * Runs a graph, its results going to the buffers that nobody reads, which then become the ones that hold.
 *
 * @throws loss-not-finite, naming the node that broke; then all that holds is as it was, but for sums of gradients
 */
async function run(context: Context, { graph, session }: Opened, feeds: Outputs): Promise<Outputs> {
  const { memory } = context
  const read = Object.fromEntries(
    session.inputNames.map((name) => [name, feeds[graph.asked.get(name) ?? name]]),
  )
  const into: Record<string, Tensor> = {}
  for (const [i, name] of graph.gradients) into[name] = memory.sums.of(i)
  for (const [i, name] of graph.weights) into[name] = memory.weights.next(i)
  for (const [i, names] of graph.kept) names.forEach((name, k) => (into[name] = memory.kept[k].next(i)))
  const outputs = await session.run(read, into)
  if (graph.loss !== undefined && !Number.isFinite(numberIn(outputs, graph.loss))) {
    await refuseNotFinite(context, graph as StepGraph & { loss: string }, read, numberIn(outputs, graph.loss))
  }
  memory.weights.turn(graph.weights.keys())
  for (const part of memory.kept) part.turn(graph.kept.keys())
  return outputs
}

function countStep({ memory, groups }: Context, { frozen = [], columns }: StepOptions) {
  groups.forEach(({ name }, g) => (memory.steps[g] += frozen.includes(name) ? 0 : 1))
  const growing = memory.entries.find(({ grows }) => grows)
  if (growing === undefined || frozen.includes(groups[growing.group].name)) return
  for (const k of columns ?? memory.ages.keys()) memory.ages[k]++
}

/** Blends the statistics of a batch into the running ones, as PyTorch does: the variance times M / (M − 1). */
function measure({ statistics }: Context, { graph }: Opened, outputs: Outputs) {
  for (const { mean, variance, runningMean, runningVariance, momentum, count } of graph.statistics) {
    const blend = (running: string, seen: string, scale: number) => {
      const kept = statistics.get(running)!.data
      const now = valuesIn(outputs, seen)
      for (let c = 0; c < kept.length; c++) kept[c] = momentum * kept[c] + (1 - momentum) * scale * now[c]
    }
    blend(runningMean, mean, 1)
    blend(runningVariance, variance, count / (count - 1))
  }
}

function told({ graph }: Opened, outputs: Outputs): { penalty?: number; norm?: number } {
  return {
    ...(graph.penalty === undefined ? {} : { penalty: numberIn(outputs, graph.penalty) }),
    ...(graph.norm === undefined ? {} : { norm: numberIn(outputs, graph.norm) }),
  }
}

function valuesIn(outputs: Outputs, name: string): Float32Array {
  return outputs[name].data as Float32Array
}

function numberIn(outputs: Outputs, name: string): number {
  return valuesIn(outputs, name)[0]
}
