import type { Ref } from '../autodiff/index.ts'
import { StreambedError } from '../error.ts'
import type { Tensor } from '../tensor/index.ts'
import { chunk, rowsOf } from './batches.ts'
import { type Context, dataInputs } from './context.ts'
import { networkFeeds, scalar, sumFeeds, updateFeeds } from './feeds.ts'
import { evaluationGraph, fusedGraph, gradientGraph, inputName, updateGraph } from './graphs.ts'
import { lengthOf } from './layout.ts'
import type { Batch, Inputs, StepOptions, StepResult } from './options.ts'
import type { Opened } from './sessions.ts'

type Outputs = Readonly<Record<string, Tensor>>
type Mode = 'training' | 'evaluation'

/** One update on a batch: one run where it fits, else micro-batches, their sum, and one update. */
export async function stepPass(context: Context, batch: Batch, given: StepOptions): Promise<StepResult> {
  const { options, sessions, memory } = context
  const { rate = options.optimiser.rate, frozen = [] } = given
  const count = await rowsIn(context, batch, options.batch)
  if (count > options.batch || options.fused === false) {
    const seen = await gather(context, batch, 'gradients', frozen)
    measure(context, seen.opened, seen.last)
    return { loss: seen.loss, scores: seen.scores, ...(await update(context, seen.reached, given)) }
  }
  refuseCut(context, count)
  const opened = await sessions.get(`step${variant(context, frozen)}`, async () =>
    fusedGraph(await lossPlan(context, options.batch, frozen, 'training'), updatePlan(context)),
  )
  const cut = { from: 0, to: count, length: options.batch, share: 1 / count, mode: 'training' as const }
  const outputs = await runOn(context, opened, batch, cut, updateFeeds(context, rate))
  measure(context, opened, outputs)
  countStep(context, frozen)
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
): Promise<Gathered> {
  const { memory, sessions } = context
  const length = of === 'squares' ? 1 : context.options.batch
  // an example by itself has no statistics: it is normalised by the running ones, which it leaves alone
  const mode = of === 'squares' ? 'evaluation' : 'training'
  const count = await rowsIn(context, batch, length)
  refuseCut(context, count, of === 'squares')
  const opened = await sessions.get(`${of}${still(frozen)}`, async () =>
    gradientGraph(await lossPlan(context, length, frozen, mode), of),
  )
  memory.sums.set(new Float32Array(lengthOf(memory.entries)))
  const scores = new Float32Array(count * memory.classes)
  const share = of === 'squares' ? 1 : 1 / count
  let loss = 0
  let last: Outputs = {}
  for (let from = 0; from < count; from += length) {
    const to = Math.min(count, from + length)
    const sums = sumFeeds(memory, inputName.sum)
    last = await runOn(context, opened, batch, { from, to, length, share, mode }, sums)
    loss += numberIn(last, opened.graph.loss!)
    const part = valuesIn(last, opened.graph.scores!)
    scores.set(part.subarray(0, (to - from) * memory.classes), from * memory.classes)
  }
  return { loss, scores, reached: [...opened.graph.gradients.keys()], opened, last }
}

/** Moves the weights at these places by the gradients in `memory.sums`. */
export async function update(context: Context, places: readonly number[], given: StepOptions) {
  const { options, sessions, memory } = context
  const { rate = options.optimiser.rate, frozen = [] } = given
  const key = `update of ${places.length} weights${variant(context, frozen)}`
  const opened = await sessions.get(key, async () => updateGraph(updatePlan(context), places))
  const outputs = await run(context, opened, {
    ...networkFeeds(context, 0, undefined),
    ...sumFeeds(memory, inputName.gradient),
    ...updateFeeds(context, rate),
  })
  countStep(context, frozen)
  return told(opened, outputs)
}

/** Features or scores [rows × …]; learns nothing. */
export async function evaluate(context: Context, inputs: Inputs, what: 'features' | 'scores') {
  const { networks, sessions, memory, options, label } = context
  const length = options.batch
  const headed = await networks.of(length, memory.classes, 'evaluation')
  const data = dataInputs(context, headed.network.inputs)
  const count = rowsOf(inputs, data, label)
  const opened = await sessions.get('evaluation', async () => evaluationGraph(headed))
  const { name, dims } = headed[what]
  const found = new Float32Array(count * dims[1])
  const steady = networkFeeds(context, length, undefined)
  for (let from = 0; from < count; from += length) {
    const to = Math.min(count, from + length)
    const given = data.map((ref) => [ref.name, chunk(inputs[ref.name], ref, from, to)])
    const outputs = await run(context, opened, { ...steady, ...Object.fromEntries(given) })
    found.set(valuesIn(outputs, name).subarray(0, (to - from) * dims[1]), from * dims[1])
  }
  return found
}

/** Places of the weights that are not frozen. */
export function moving({ memory, groups }: Context, frozen: readonly string[]): number[] {
  const known = groups.map(({ name }) => name)
  const unknown = frozen.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new RangeError(`frozen: no group is called ${unknown}: ${known.join(', ')}`)
  return [...memory.entries.keys()].filter((i) => !frozen.includes(known[memory.entries[i].group]))
}

async function lossPlan(context: Context, length: number, frozen: readonly string[], mode: Mode) {
  const { networks, memory, loss } = context
  const headed = await networks.of(length, memory.classes, mode)
  return { headed, loss, wanted: moving(context, frozen), entries: memory.entries }
}

function updatePlan({ memory, groups, options: { optimiser, clip } }: Context) {
  return { entries: memory.entries, groups, optimiser, clip, anchored: memory.anchor !== undefined }
}

/** What tells the graphs of one kind apart. */
function variant({ memory }: Context, frozen: readonly string[]): string {
  return `${still(frozen)}${memory.anchor === undefined ? '' : ', anchored'}`
}

function still(frozen: readonly string[]): string {
  return frozen.length === 0 ? '' : `, ${[...frozen].sort().join(' and ')} frozen`
}

/** Rows `from` … `to` of a batch through a graph of `length` rows. */
async function runOn(
  context: Context,
  opened: Opened,
  batch: Batch,
  { from, to, length, share, mode }: { from: number; to: number; length: number; share: number; mode: Mode },
  more: Outputs,
) {
  const { network } = await context.networks.of(length, context.memory.classes, mode)
  const feeds = { ...networkFeeds(context, length, context.dropping), ...more }
  for (const ref of dataInputs(context, network.inputs)) {
    feeds[ref.name] = chunk(batch.inputs[ref.name], ref, from, to)
  }
  for (const [name, dims] of Object.entries(opened.graph.fed)) {
    feeds[inputName.fed(name)] = chunk(batch.targets[name], { name, type: 'float32', dims }, from, to)
  }
  feeds[inputName.share] = scalar(share)
  return run(context, opened, feeds)
}

/** Runs a graph, its results going to the buffers that nobody reads, which then become the ones that hold. */
async function run({ memory }: Context, { graph, session }: Opened, feeds: Outputs): Promise<Outputs> {
  const read = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]]))
  const into: Record<string, Tensor> = {}
  for (const [i, name] of graph.gradients) into[name] = memory.sums.next(i)
  for (const [i, name] of graph.weights) into[name] = memory.weights.next(i)
  for (const [i, names] of graph.kept) names.forEach((name, k) => (into[name] = memory.kept[k].next(i)))
  const outputs = await session.run(read, into)
  memory.sums.turn(graph.gradients.keys())
  memory.weights.turn(graph.weights.keys())
  for (const part of memory.kept) part.turn(graph.kept.keys())
  return outputs
}

async function rowsIn(context: Context, { inputs, targets }: Batch, length: number): Promise<number> {
  const { network, scores } = await context.networks.of(length, context.memory.classes, 'training')
  const fed = Object.entries(context.loss.fed(length, scores.dims[1])).map(
    ([name, dims]): Ref => ({ name, type: 'float32', dims }),
  )
  const data = dataInputs(context, network.inputs)
  return rowsOf({ ...targets, ...inputs }, [...data, ...fed], context.label)
}

/** Some losses and BatchNormalization in training mode look at the whole batch at once. */
function refuseCut({ options, loss, label }: Context, count: number, oneByOne = false) {
  const rows = oneByOne ? 1 : options.batch
  const whole = options.batchNorm === 'training' && !oneByOne
  if (!(whole && count !== rows) && !(loss.couplesRows === true && count > rows)) return
  throw new StreambedError('learner-batch-cannot-be-cut', {
    what: `${count} examples were given to a graph of ${rows}, and ${whole ? 'BatchNormalization in training mode' : `the loss (${loss.name})`} looks at the whole batch at once.`,
    where: label,
    mend: whole
      ? `Give ${rows} example${rows === 1 ? '' : 's'}, or freeze BatchNormalization.`
      : `Give at most ${rows}.`,
  })
}

function countStep({ memory, groups }: Context, frozen: readonly string[]) {
  groups.forEach(({ name }, g) => (memory.steps[g] += frozen.includes(name) ? 0 : 1))
  const columns = memory.entries.find(({ grows }) => grows)
  if (columns === undefined || frozen.includes(groups[columns.group].name)) return
  for (let k = 0; k < memory.ages.length; k++) memory.ages[k]++
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
