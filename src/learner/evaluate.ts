import type { Ref } from '../autodiff/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { rowsOf } from './batches.ts'
import { checkSnapshot } from './checks.ts'
import type { Context } from './context.ts'
import { networkFeeds } from './feeds.ts'
import { evaluationGraph } from './graphs.ts'
import { bill } from './operations.ts'
import type { Inputs, Snapshot } from './options.ts'
import type { Opened } from './sessions.ts'
import { showingFor } from './show.ts'

/**
 * Features or scores [rows × …], by the weights as they are or as they were; learns nothing.
 *
 * Two graphs, features and the head on them, so that a head which has grown leaves the large one as it is, and
 * weights of any time run through the same sessions.
 */
export async function evaluate(
  context: Context,
  inputs: Inputs,
  what: 'features' | 'scores',
  snapshot?: Snapshot,
): Promise<Float32Array> {
  const { networks, options, label, memory } = context
  if (snapshot !== undefined) checkSnapshot(context, snapshot)
  const classes = snapshot?.classes ?? memory.classes
  const front = networks.fronts.of(inputs)
  const below = await belowOf(context)
  const above = what === 'scores' ? await aboveOf(context, classes) : undefined
  const showing = await showingFor(context, below.opened.graph.parts, front, options.batch)
  const count = rowsOf(inputs, showing.brings, label)
  const steady = networkFeeds(context, options.batch, undefined, snapshot)
  const width = (above?.result ?? below.result).dims[1]
  const found = new Float32Array(count * width)
  for (let from = 0; from < count; from += options.batch) {
    const to = Math.min(count, from + options.batch)
    let made = await run(below, { ...steady, ...(await showing.feeds(inputs, from, to)) })
    if (above !== undefined) made = await run(above, { ...steady, [above.reads.name]: made })
    found.set((made.data as Float32Array).subarray(0, (to - from) * width), from * width)
  }
  await bill(context, front, [], { [what === 'scores' ? 'forward' : 'features']: count })
  return found
}

interface Half {
  readonly opened: Opened
  readonly result: Ref
}

async function belowOf({ networks, sessions, options }: Context): Promise<Half> {
  const opened = await sessions.get('features', async () => {
    const { network, features } = await networks.below({ rows: options.batch })
    return evaluationGraph(network, [features.name])
  })
  return half(opened)
}

async function aboveOf({ networks, sessions, options }: Context, classes: number) {
  if (networks.head.size === 0) return undefined
  const opened = await sessions.get(`head of ${classes}`, async () => {
    const { network, scores } = (await networks.above({ rows: options.batch, classes }))!
    return evaluationGraph(network, [scores.name])
  })
  const reads = opened.graph.parts.inputs.find(({ name }) => !networks.head.has(name))!
  return { ...half(opened), reads }
}

function half(opened: Opened): Half {
  const { outputs, shapes } = opened.graph.parts
  return { opened, result: shapes.get(outputs[0])! }
}

async function run({ opened: { session }, result }: Half, feeds: Readonly<Record<string, Tensor>>) {
  const read = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]]))
  const outputs = await session.run(read)
  return outputs[result.name]
}
