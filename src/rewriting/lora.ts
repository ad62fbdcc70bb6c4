import type { Model, NodeSpec } from '../onnx/index.ts'
import type { Chance } from '../tensor/index.ts'
import type { Block, Linear, Vit } from './anatomy.ts'
import { filled, kaimingUniform } from './init.ts'
import { type Rewritten, type Surgery, surgery } from './surgery.ts'

export type LoraTarget = 'q' | 'k' | 'v' | 'proj' | 'fc1' | 'fc2'

export interface LoraOptions {
  /** 1 or more. */
  rank: number
  /** The update is scaled by alpha / rank; alpha = rank unless said. */
  alpha?: number
  at: readonly LoraTarget[]
  /** Blocks by number, from 0; all unless said. */
  blocks?: readonly number[]
  random: Chance
}

/** One target's share of a linear layer: where in its result the update goes. */
interface Share {
  target: LoraTarget
  columns: Int32Array
}

/**
 * Low-rank adaptation: y = xW becomes y = xW + (alpha / rank) (xA)B beside each chosen projection, W as it was.
 *
 * A [in, rank] Kaiming-uniform (a = √5), B [rank, out] zero: the network starts as it was, to the bit. Where one layer
 * makes queries, keys and values together, each has an A and B of its own, and B reaches that part alone.
 * @source Hu et al., "LoRA", ICLR 2022. arXiv:2106.09685
 */
export function withLora(model: Model, vit: Vit, options: LoraOptions): Rewritten {
  const { rank, at, blocks, random } = options
  if (!Number.isInteger(rank) || rank < 1) throw new RangeError(`LoRA of rank ${rank}: 1 or more is needed`)
  const scale = (options.alpha ?? rank) / rank
  const work = surgery(model)
  vit.blocks.forEach((block, index) => {
    if (blocks !== undefined && !blocks.includes(index)) return
    for (const [linear, shares] of sharesOf(block, at)) {
      work.wrap(linear.product, (inner) =>
        update(work, linear, shares, { index, rank, scale, random, inner }),
      )
    }
  })
  return work.done()
}

/** Grouped by layer, so that a fused one gets one pair of products however many of its parts adapt. */
function sharesOf(block: Block, targets: readonly LoraTarget[]): Map<Linear, Share[]> {
  const shares = new Map<string, [Linear, Share[]]>()
  for (const target of targets) {
    const attention = target === 'q' || target === 'k' || target === 'v'
    const linear = attention ? block[target].linear : block[target]
    const columns = attention
      ? block[target].columns
      : Int32Array.from({ length: linear.outputSize }, (_, i) => i)
    const known = shares.get(linear.product) ?? [linear, []]
    shares.set(linear.product, [known[0], [...known[1], { target, columns }]])
  }
  return new Map(shares.values())
}

function update(
  work: Surgery,
  linear: Linear,
  shares: readonly Share[],
  how: { index: number; rank: number; scale: number; random: Chance; inner: string },
): NodeSpec[] {
  const { index, rank, scale, random, inner } = how
  const nodes: NodeSpec[] = []
  const make = (op: string, inputs: string[], name: string, attributes?: NodeSpec['attributes']) => {
    const output = work.fresh(`lora.${index}.${name}`)
    nodes.push({ op, inputs, outputs: [output], ...(attributes && { attributes }) })
    return output
  }
  const downs: string[] = []
  const ups: string[] = []
  for (const { target, columns } of shares) {
    const name = `lora.${index}.${target}`
    const { inputSize, outputSize } = linear
    downs.push(
      work.weight(`${name}.A`, [inputSize, rank], kaimingUniform([inputSize, rank], inputSize, random)),
    )
    const up = work.weight(`${name}.B`, [rank, columns.length], filled([rank, columns.length], 0))
    ups.push(placed(work, make, up, columns, outputSize, target))
  }
  const joined = (parts: string[], name: string, axis: number) =>
    parts.length === 1 ? parts[0] : make('Concat', parts, name, { axis })
  let small = make('MatMul', [linear.input, joined(downs, 'A', 1)], 'xA')
  if (scale !== 1) {
    const factor = work.table(`lora.${index}.scale`, { type: 'float32', dims: [], data: [scale] })
    small = make('Mul', [small, factor], 'scaled')
  }
  const delta = make('MatMul', [small, joined(ups, 'B', 0)], 'delta')
  nodes.push({ op: 'Add', inputs: [inner, delta], outputs: [linear.product] })
  return nodes
}

/** B spread over all columns of the layer: zero where the target has none. */
function placed(
  work: Surgery,
  make: (op: string, inputs: string[], name: string, attributes?: NodeSpec['attributes']) => string,
  up: string,
  columns: Int32Array,
  size: number,
  target: string,
): string {
  if (columns.every((column, i) => column === i) && columns.length === size) return up
  const first = columns[0]
  if (columns.every((column, i) => column === first + i)) {
    const data = [0, first, 0, size - first - columns.length]
    return make('Pad', [up, work.table('lora.pads', { type: 'int64', dims: [4], data })], `${target}.wide`)
  }
  // Parts that alternate head by head: a 0/1 matrix sends each to its place.
  const data = new Float32Array(columns.length * size)
  columns.forEach((column, i) => {
    data[i * size + column] = 1
  })
  const places = work.table('lora.places', { type: 'float32', dims: [columns.length, size], data })
  return make('MatMul', [up, places], `${target}.wide`)
}
