import { type Model, type Node, numbersOf } from '../onnx/index.ts'
import type { Vit } from './anatomy.ts'
import { type View, viewOf } from './view.ts'

/** One trainable weight of a network. */
export interface Weight {
  readonly name: string
  readonly dims: readonly number[]
  readonly kind: 'matrix' | 'bias' | 'norm' | 'class token' | 'position' | 'gain'
  /**
   * Of a ViT: −1 before the first block, then the block's number, then the number of blocks for all behind. Of other
   * networks: how many layers with a matrix come before.
   */
  readonly depth: number
}

/** A claim about a weight: whether it is trained. */
export type Selector = (weight: Weight) => boolean

/** All but what lies before block `depth` (for 6: the embedding and the first six blocks are frozen). */
export const freezeBelow =
  (depth: number): Selector =>
  (weight) =>
    weight.depth >= depth

export const ofKind =
  (...kinds: readonly Weight['kind'][]): Selector =>
  ({ kind }) =>
    kinds.includes(kind)

export const byName =
  (pattern: RegExp): Selector =>
  ({ name }) =>
    pattern.test(name)

/** Operators with inputs that are weights, and which those are; running statistics and tables are none. */
const roles: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  MatMul: [0, 1],
  Gemm: [0, 1, 2],
  LayerNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  GroupNormalization: [1, 2],
  BatchNormalization: [1, 2],
  PRelu: [1],
  Add: [0, 1],
  Sub: [0, 1],
  Mul: [0, 1],
  Div: [0, 1],
  Concat: [0, 1, 2, 3],
}
const matrices = new Set(['Conv', 'ConvTranspose', 'MatMul', 'Gemm'])
const norms = new Set([
  'LayerNormalization',
  'InstanceNormalization',
  'GroupNormalization',
  'BatchNormalization',
])

/**
 * The weights of a network, by what reads them: names follow one exporter or another, or none. Single numbers (a
 * scale, an epsilon), tables with −∞ (a mask) and running statistics are no weights.
 */
export function weightsOf(model: Model, vit?: Vit): readonly Weight[] {
  const view = viewOf(model)
  const depths = depthsOf(view, vit)
  const pieces = normPieces(vit)
  const found: Weight[] = []
  for (const [name, proto] of model.graph.initializers) {
    const dims = proto.dims.map(Number)
    if (proto.dataType !== 1 || dims.reduce((product, dim) => product * dim, 1) <= 1) continue
    const reader = readerOf(view, name)
    if (reader === undefined) continue
    const kind = kindOf(reader, dims, vit, pieces, name)
    if (kind === 'position' && numbersOf(proto, model.label).data.includes(-Infinity as never)) continue
    found.push({ name, dims, kind, depth: depths.get(reader.node) ?? -1 })
  }
  return found
}

/** The node that a weight meets the data in, its movements passed over, if it meets it as a weight. */
function readerOf(view: View, name: string): { node: Node; input: number } | undefined {
  const open = [name]
  while (open.length > 0) {
    const at = open.pop()!
    for (const node of view.readers(at)) {
      const input = node.inputs.indexOf(at)
      const fed = view.fed(node.outputs[0])
      if (fed && roles[node.op]?.includes(input)) return { node, input }
      if (!fed && (input === 0 || node.op === 'Concat')) open.push(...node.outputs)
    }
  }
  return undefined
}

function kindOf(
  { node, input }: { node: Node; input: number },
  dims: readonly number[],
  vit: Vit | undefined,
  pieces: ReadonlySet<string>,
  name: string,
): Weight['kind'] {
  if (name === vit?.classToken || node.op === 'Concat') return 'class token'
  if (name === vit?.position) return 'position'
  if (norms.has(node.op) || pieces.has(name)) return 'norm'
  if (matrices.has(node.op)) return input === 2 ? 'bias' : 'matrix'
  if (node.op === 'Add' || node.op === 'Sub')
    return dims.filter((dim) => dim > 1).length > 1 ? 'position' : 'bias'
  return 'gain'
}

/** Gains and biases of normalisations that are spelt out. */
function normPieces(vit: Vit | undefined): Set<string> {
  const norms = vit?.blocks.flatMap(({ norm1, norm2 }) => [norm1, norm2]).concat(vit.norm ?? []) ?? []
  return new Set(norms.flatMap(({ gain, bias }) => [gain, bias]).filter((name) => name !== undefined))
}

function depthsOf(view: View, vit: Vit | undefined): Map<Node, number> {
  const steps = new Map<string, number>()
  if (vit !== undefined) {
    steps.set(vit.blocks[0].input, 0)
    vit.blocks.forEach(({ output }, index) => {
      steps.set(output, index + 1)
    })
  }
  const depths = new Map<Node, number>()
  const reached = new Map<string, number>()
  let layers = 0
  for (const node of view.model.graph.nodes) {
    if (vit === undefined) {
      const layer = matrices.has(node.op) && node.inputs.some((name) => !view.fed(name))
      depths.set(node, layer ? layers++ : Math.max(0, layers - 1))
      continue
    }
    const depth = Math.max(-1, ...node.inputs.map((name) => reached.get(name) ?? -1))
    depths.set(node, depth)
    for (const output of node.outputs) reached.set(output, steps.get(output) ?? depth)
  }
  return depths
}
