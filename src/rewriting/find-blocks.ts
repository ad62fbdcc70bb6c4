import { StreambedError } from '../error.ts'
import type { Model, Node } from '../onnx/index.ts'
import type { Block, Linear, Projection, Vit } from './anatomy.ts'
import { followed } from './columns.ts'
import {
  ahead,
  carrier,
  type Finder,
  linearAt,
  linearBehind,
  moving,
  normAt,
  normBehind,
  withBias,
} from './find-parts.ts'
import { stemOf } from './find-stem.ts'
import { finderOf } from './finder.ts'

/** Why something that looked like a block is none. */
class NoBlock extends Error {}

/**
 * The blocks of a Vision Transformer, found by what its graph computes and not by what an exporter called it: two
 * attention products with a softmax between, the linear layers before and behind them, normalisations (whole or in
 * pieces), an MLP and the two sums of each block; before them the patch convolution, class token and position
 * embedding. Queries, keys and values may come of one fused layer or of three.
 *
 * @param dims numbers for dimensions that the file leaves open, other than the batch: { height: 224, width: 224 }.
 * @throws vit-blocks-not-found, listing what was found and, for each attention, what was missing.
 */
export async function findBlocks(model: Model, dims: Readonly<Record<string, number>> = {}): Promise<Vit> {
  const finder = await finderOf(model, dims)
  const blocks: Block[] = []
  const missing: string[] = []
  for (const softmax of model.graph.nodes.filter(({ op }) => op === 'Softmax')) {
    try {
      blocks.push(blockAround(finder, softmax))
    } catch (error) {
      if (!(error instanceof NoBlock)) throw error
      missing.push(`${softmax.name || softmax.outputs[0]}: ${error.message}`)
    }
  }
  if (blocks.length === 0) throw notFound(model, 'no block of a Vision Transformer', missing)
  const stem = stemOf(finder, blocks[0].input)
  if (stem === undefined) {
    missing.push(`${blocks[0].input}: does not come of a patch convolution`)
    throw notFound(model, `${blocks.length} blocks, but not how patches are embedded before them`, missing)
  }
  const last = blocks.at(-1)!
  const reader = finder.readers(last.output).length === 0 ? undefined : normAfter(finder, last.output)
  const stream = finder.dims(blocks[0].input)
  const [batch] = finder.dims(stem.input)
  const sequenceAxis = stream[0] === batch ? 1 : 0
  const [tokens, width] = [stream[sequenceAxis], stream[2]]
  return {
    label: model.label,
    shapes: finder.shapes,
    width,
    tokens,
    sequenceAxis,
    blocks,
    norm: reader,
    ...stem,
  }
}

function blockAround(finder: Finder, softmax: Node): Block {
  const scores = scoresBehind(finder, softmax.inputs[0])
  const probabilities = softmax.outputs[0]
  const next = ahead(finder, probabilities)
  if (
    next?.node.op !== 'MatMul' ||
    !next.node.inputs.every(finder.fed) ||
    next.node.inputs[0] !== next.from
  ) {
    throw new NoBlock('its result is not multiplied with values')
  }
  const context = next.node.outputs[0]
  const q = projection(finder, scores.inputs[0], 'queries')
  const k = projection(finder, scores.inputs[1], 'keys')
  const v = projection(finder, next.node.inputs[1], 'values')
  const proj = linearAhead(finder, context)
  const first = sumAhead(finder, proj.result)
  const norm1 = normBehind(finder, q.linear.input)
  if (norm1 === undefined) throw new NoBlock('no normalisation stands before its queries')
  if (norm1.input !== first.stream) {
    throw new NoBlock(`${first.sum} adds attention to ${first.stream}, and ${norm1.input} was normalised`)
  }
  return {
    input: first.stream,
    norm1,
    q,
    k,
    v,
    heads: headsOf(finder, context, v.columns.length),
    scores: scores.outputs[0],
    probabilities,
    context,
    proj,
    attended: first.branch,
    middle: first.sum,
    ...mlpAfter(finder, first.sum),
  }
}

/** Back from the softmax over masks and scales to the product of queries and keys. */
function scoresBehind(finder: Finder, tensor: string): Node {
  for (let at = tensor; ; ) {
    const node = finder.maker(at)
    if (node === undefined) throw new NoBlock('it reads no product')
    if (node.op === 'MatMul' && node.inputs.every(finder.fed)) return node
    if (!moving.has(node.op) && !['Add', 'Mul', 'Div', 'Where', 'Sub'].includes(node.op)) {
      throw new NoBlock(`it reads a ${node.op}, not a product of queries and keys`)
    }
    const next = carrier(finder, node)
    if (next === undefined) throw new NoBlock('it reads no product')
    at = next
  }
}

function projection(finder: Finder, operand: string, what: string): Projection {
  const found = linearBehind(finder, operand)
  if (found === undefined) throw new NoBlock(`its ${what} do not come of one linear layer`)
  const labels = followed(finder, found.path)
  if (labels === undefined) throw new NoBlock(`which columns make its ${what} cannot be followed`)
  const seen = new Set(labels.data)
  return { ...found, columns: Int32Array.from(seen) }
}

/** The width of a head is the last dimension of probabilities times values. */
function headsOf(finder: Finder, context: string, width: number): number {
  const heads = width / finder.dims(context).at(-1)!
  if (!Number.isInteger(heads)) throw new NoBlock(`its ${width} values do not divide among heads`)
  return heads
}

function linearAhead(finder: Finder, tensor: string): Linear {
  const next = ahead(finder, tensor)
  const linear = next === undefined ? undefined : linearAt(finder, next.node.outputs[0])
  if (linear === undefined) throw new NoBlock('no linear layer projects its result')
  return withBias(finder, linear)
}

/** On from a branch over movements and a gain by channel to the sum with the stream. */
function sumAhead(finder: Finder, tensor: string): { sum: string; branch: string; stream: string } {
  for (let from = tensor; ; ) {
    const next = ahead(finder, from)
    if (next === undefined) throw new NoBlock(`${from} is not added to the stream`)
    const { node } = next
    const others = node.inputs.filter((name) => name !== next.from)
    if (node.op === 'Add' && others.length === 1 && finder.fed(others[0])) {
      return { sum: node.outputs[0], branch: next.from, stream: others[0] }
    }
    if (node.op !== 'Mul' || others.length !== 1 || finder.fed(others[0])) {
      throw new NoBlock(`${node.op} follows where the sum with the stream was expected`)
    }
    from = node.outputs[0]
  }
}

function mlpAfter(finder: Finder, middle: string) {
  const perChannel = (node: Node) =>
    moving.has(node.op) || (node.op === 'Mul' && node.inputs.some((name) => !finder.fed(name)))
  for (const sum of finder.readers(middle)) {
    if (sum.op !== 'Add' || !sum.inputs.every(finder.fed)) continue
    const branch = sum.inputs.find((name) => name !== middle) ?? ''
    const fc2 = linearBehind(finder, branch, perChannel)?.linear
    const fc1 = fc2 === undefined ? undefined : elementwiseBack(finder, fc2.input)
    const norm2 = fc1 === undefined ? undefined : normBehind(finder, fc1.input)
    if (fc1 === undefined || fc2 === undefined || norm2?.input !== middle) continue
    return { norm2, fc1, fc2, hidden: stillBehind(finder, fc2.input), mlp: branch, output: sum.outputs[0] }
  }
  throw new NoBlock(`no MLP reads ${middle} and is added to it`)
}

/** Back over movements, to what was computed last. */
function stillBehind(finder: Finder, tensor: string): string {
  const node = finder.maker(tensor)
  return node !== undefined && moving.has(node.op) ? stillBehind(finder, node.inputs[0]) : tensor
}

/** Back over an activation, in however many pieces, to the one linear layer that it reads. */
function elementwiseBack(finder: Finder, tensor: string): Linear | undefined {
  const found = new Map<string, Linear>()
  const open = [tensor]
  const seen = new Set<string>()
  while (open.length > 0) {
    const at = open.pop()!
    if (seen.has(at)) continue
    seen.add(at)
    const linear = linearAt(finder, at)
    if (linear !== undefined) {
      found.set(linear.result, linear)
      continue
    }
    const node = finder.maker(at)
    if (node === undefined || seen.size > 40 || normAt(finder, at) !== undefined) return undefined
    open.push(...node.inputs.filter((name) => name !== '' && finder.fed(name)))
  }
  return found.size === 1 ? [...found.values()][0] : undefined
}

function normAfter(finder: Finder, stream: string) {
  const open = [stream]
  for (let steps = 0; open.length > 0 && steps < 40; steps++) {
    const at = open.shift()!
    for (const node of finder.readers(at)) {
      for (const output of node.outputs) {
        const norm = normAt(finder, output)
        if (norm !== undefined) return norm
        open.push(output)
      }
    }
  }
  return undefined
}

function notFound(model: Model, what: string, missing: readonly string[]): StreambedError {
  const counts = new Map<string, number>()
  for (const { op } of model.graph.nodes) counts.set(op, (counts.get(op) ?? 0) + 1)
  const telling = [
    'Softmax',
    'LayerNormalization',
    'ReduceMean',
    'MatMul',
    'Gemm',
    'Gelu',
    'Erf',
    'Conv',
    'BatchNormalization',
    'Attention',
  ]
  const found = telling.filter((op) => counts.has(op)).map((op) => `${counts.get(op)} ${op}`)
  const reasons = missing.length === 0 ? '' : ` ${missing.slice(0, 4).join('; ')}.`
  return new StreambedError('vit-blocks-not-found', {
    what: `The graph shows ${what}. It has ${found.join(', ') || `${model.graph.nodes.length} nodes`}.${reasons}`,
    where: model.label,
    mend: 'LoRA, adapters, prompts and depths of a Transformer need a pre-norm ViT exported with its attention as MatMul, Softmax, MatMul (opset 17); other networks take a head, SSF at a named tensor, or freezing by name.',
  })
}
