import { sizeOf } from '../tensor/index.ts'
import type { Node } from './model.ts'

/** What one node costs: floating-point operations in all, and the multiply-adds (2 operations each) among them. */
export interface Cost {
  flops: number
  macs: number
}

/** A node with what is known of its tensors; an input left out is `undefined`. */
export interface Operands {
  node: Node
  x: readonly (Tensorlike | undefined)[]
  y: readonly (Tensorlike | undefined)[]
}
export type Tensorlike = { type: string; dims: readonly number[] }

type Rule = (operands: Operands) => Cost

const only = (flops: number): Cost => ({ flops, macs: 0 })
const products = (macs: number, extra = 0): Cost => ({ flops: 2 * macs + extra, macs })
const size = (tensor: Tensorlike | undefined) => (tensor === undefined ? 0 : sizeOf(tensor.dims))
const tail = (tensor: Tensorlike | undefined) => sizeOf(tensor!.dims.slice(1))
const spatial = (tensor: Tensorlike | undefined) => sizeOf(tensor!.dims.slice(2))
const isFloat = (tensor: Tensorlike | undefined) => tensor?.type.startsWith('float') ?? false
const flag = ({ node }: Operands, name: string) => node.attributes[name] === 1

/** [N, C_out, …] by a kernel [C_out, C_in / g, …]: each output is one product of that kernel's row. */
const conv =
  (weight: number, bias: number): Rule =>
  ({ x, y }) => {
    const outputs = size(y[0])
    return products(outputs * tail(x[weight]), x[bias] === undefined ? 0 : outputs)
  }

/** Each input is spread by a kernel [C_in, C_out / g, …]. */
const convTranspose: Rule = ({ x, y }) =>
  products(size(x[0]) * tail(x[1]), x[2] === undefined ? 0 : size(y[0]))

const gemm: Rule = (operands) => {
  const { x, y } = operands
  const inner = x[0]!.dims[flag(operands, 'transA') ? 0 : 1]
  return products(size(y[0]) * inner, x[2] === undefined ? 0 : size(y[0]))
}

const matmul: Rule = (operands) => {
  const { dims } = operands.x[0]!
  return products(size(operands.y[0]) * dims.at(flag(operands, 'transA') && dims.length > 1 ? -2 : -1)!)
}

/** Every index of the equation once: 2 operands make a multiply-add a point; one operand only adds. */
const einsum: Rule = ({ node, x, y }) => {
  const equation = String(node.attributes.equation ?? '').replaceAll(' ', '')
  const extents = new Map<string, number>()
  const terms = equation.split('->')[0].split(',')
  let points = 1
  for (const [at, term] of terms.entries()) {
    const { dims } = x[at]!
    const [left, right] = term.split('...')
    const open = dims.length - term.replace('...', '').length
    for (const [i, letter] of [...left].entries()) extents.set(letter, dims[i])
    for (const [i, letter] of [...(right ?? '')].entries()) extents.set(letter, dims[left.length + open + i])
    for (let i = 0; i < open; i++) {
      const key = `...${i - open}`
      extents.set(key, Math.max(extents.get(key) ?? 1, dims[left.length + i]))
    }
  }
  for (const extent of extents.values()) points *= extent
  if (terms.length === 1) return only(points > size(y[0]) ? points : 0)
  return terms.length === 2 ? products(points) : only(points * terms.length)
}

/** Attention-23: its two products and its softmax, as if they were written out. */
const attention: Rule = ({ node, x }) => {
  const [q, k, v] = x.map((tensor) => tensor?.dims)
  const heads = Number(q!.length === 4 ? q![1] : node.attributes.q_num_heads)
  const kvHeads = Number(k!.length === 4 ? k![1] : node.attributes.kv_num_heads)
  const width = q!.length === 4 ? q![3] : q![2] / heads
  const valueWidth = v!.length === 4 ? v![3] : v![2] / kvHeads
  const scores = q![0] * heads * q!.at(-2)! * (k!.at(-2)! + (x[4]?.dims.at(-2) ?? 0))
  return products(scores * (width + valueWidth), 5 * scores)
}

/** Numbers are moved, not computed with: no shape is asked for. */
export const free: Rule = () => only(0)

const perElement =
  (flops: number): Rule =>
  ({ y, x }) =>
    only(isFloat(y[0]) || isFloat(x[0]) ? flops * size(y[0]) : 0)
const reduction =
  (extra: 0 | 1): Rule =>
  ({ x, y }) =>
    only(isFloat(x[0]) ? size(x[0]) + extra * size(y[0]) : 0)
const pool =
  (extra: 0 | 1): Rule =>
  ({ node, y }) => {
    const kernel = sizeOf((node.attributes.kernel_shape as readonly number[] | undefined) ?? [])
    return only((kernel + extra) * size(y[0]))
  }
const globalPool =
  (extra: 0 | 1): Rule =>
  ({ x, y }) =>
    only((spatial(x[0]) + extra) * size(y[0]))
/** Sum, Mean, Min and Max join any number of tensors two at a time. */
const joined: Rule = ({ node, y }) => only(isFloat(y[0]) ? (node.inputs.length - 1) * size(y[0]) : 0)
/** A rule and then one more operation on each output: a bias or an activation that the runtime fused into it. */
const and =
  (rule: Rule, more: (operands: Operands) => number): Rule =>
  (operands) => {
    const { flops, macs } = rule(operands)
    return { flops: flops + more(operands) * size(operands.y[0]), macs }
  }
const activated = ({ node, x }: Operands) =>
  (node.attributes.activation ? 1 : 0) + (x[3] === undefined ? 0 : 1)

const each = (names: string, rule: Rule) => names.split(/\s+/).map((name) => [name, rule] as const)

/**
 * The counting conventions, one operator a name: 1 multiply-add is 2 operations; softmax 5 an element, layer
 * normalisation 8, batch normalisation 2, GELU 8, pooling k² an output (average: + 1), everything elementwise 1,
 * moving numbers about 0. Arithmetic on whole numbers (shapes) is not counted, quantised products are.
 * The weights of what is no product are conventions: never mix them with figures counted otherwise.
 */
export const costs: ReadonlyMap<string, Rule> = new Map([
  ...each('Conv ConvInteger', conv(1, 2)),
  ...each('QLinearConv', conv(3, 8)),
  ...each('FusedConv', and(conv(1, 2), activated)),
  ...each('ConvTranspose', convTranspose),
  ...each('Gemm', gemm),
  ...each(
    'FusedGemm',
    and(gemm, ({ node }) => (node.attributes.activation ? 1 : 0)),
  ),
  ...each('MatMul FusedMatMul MatMulInteger QLinearMatMul', matmul),
  ...each('Einsum', einsum),
  ...each('Attention', attention),
  ...each('Softmax LogSoftmax', perElement(5)),
  ...each(
    'LayerNormalization SimplifiedLayerNormalization RMSNormalization GroupNormalization',
    perElement(8),
  ),
  ...each('InstanceNormalization LpNormalization MeanVarianceNormalization', perElement(8)),
  ...each('SkipLayerNormalization', perElement(9)),
  ...each('BatchNormalization', perElement(2)),
  ...each('Gelu FastGelu QuickGelu', perElement(8)),
  ...each('BiasGelu', perElement(9)),
  ...each('MaxPool LpPool', pool(0)),
  ...each('AveragePool', pool(1)),
  ...each('GlobalMaxPool GlobalLpPool', globalPool(0)),
  ...each('GlobalAveragePool', globalPool(1)),
  ...each('ReduceMean', reduction(1)),
  ...each('ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare', reduction(0)),
  ...each('ReduceLogSum ReduceLogSumExp ArgMax ArgMin CumSum', reduction(0)),
  ...each('Sum Mean Min Max', joined),
  ...each(
    'Add Sub Mul Div Pow Mod Neg Abs Sqrt Reciprocal Exp Log Erf Sin Cos Tan Tanh Sigmoid',
    perElement(1),
  ),
  ...each('Relu PRelu LeakyRelu Elu Selu Celu ThresholdedRelu Softplus Softsign Mish Swish', perElement(1)),
  ...each('HardSigmoid HardSwish Clip Sign Floor Ceil Round Where Equal Less Greater', perElement(1)),
  ...each('LessOrEqual GreaterOrEqual And Or Not Xor IsNaN IsInf', perElement(1)),
  ...each('QuantizeLinear DequantizeLinear DynamicQuantizeLinear', perElement(1)),
  ...each('Reshape Transpose Gather GatherElements GatherND Cast CastLike Concat Identity', free),
  ...each('Constant ConstantOfShape Shape Size Slice Split Squeeze Unsqueeze Expand Flatten', free),
  ...each('Pad Tile Range Dropout DepthToSpace SpaceToDepth Trilu EyeLike OneHot NonZero', free),
  ...each('ScatterElements ScatterND ReverseSequence Compress', free),
])
