import type { NodeSpec, Numbers } from '../onnx/index.ts'
import { axisOf } from './axes.ts'
import type { UpgradeContext } from './upgrade.ts'

type Upgrade = (node: NodeSpec, context: UpgradeContext) => NodeSpec[]

const reductions =
  'ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSum ReduceLogSumExp'

/** Operators of opsets after ours: they cannot be written down in it, whatever they compute. */
const newer = 'Attention RMSNormalization RotaryEmbedding Swish TensorScatter CumProd BitCast'

/** How a node of another opset is written in opset 20, by operator; one that is not listed means the same. */
export const upgrades: ReadonlyMap<string, Upgrade> = new Map<string, Upgrade>([
  ['Constant', constantNode],
  ['Dropout', dropout],
  ['BatchNormalization', batchNormalization],
  ['Squeeze', before(13, (node, context) => [axesAsInput(node, context)])],
  ['Unsqueeze', before(13, (node, context) => [axesAsInput(node, context)])],
  ['ReduceSum', before(13, (node, context) => [axesAsInput(node, context)])],
  ...reductions
    .split(' ')
    .map((op) => [op, before(18, (node, context) => [axesAsInput(node, context)])] as const),
  ['Split', split],
  ['Softmax', before(13, flattening)],
  ['LogSoftmax', before(13, flattening)],
  ['Hardmax', before(13, flattening)],
  ['Scatter', (node) => [{ ...node, op: 'ScatterElements' }]],
  ['GridSample', before(20, gridSample)],
  ['Resize', before(13, resize)],
  ['Upsample', (_, { refuse }) => refuse('left the standard with opset 10')],
  ['GroupNormalization', after(20, 'scales every channel, and that of opset 20 every group')],
  ...newer.split(' ').map((op) => [op, after(20, `does not exist in opset 20`)] as const),
])

function before(opset: number, upgrade: Upgrade): Upgrade {
  return (node, context) => (context.opset < opset ? upgrade(node, context) : [node])
}

function after(opset: number, why: string): Upgrade {
  return (node, context) => (context.opset > opset ? context.refuse(why) : [node])
}

/** Axes were an attribute, and became the second input. */
function axesAsInput(node: NodeSpec, { constant }: UpgradeContext): NodeSpec {
  const { axes, ...attributes } = node.attributes ?? {}
  if (axes === undefined || node.inputs.length > 1) return node
  const values = axes as readonly number[]
  const table = constant({ type: 'int64', dims: [values.length], data: values })
  return { ...node, inputs: [node.inputs[0], table], attributes }
}

/** Sizes were an attribute until 13; without sizes, the number of parts must be said since 18. */
function split(node: NodeSpec, { opset, constant }: UpgradeContext): NodeSpec[] {
  const { split: sizes, ...attributes } = node.attributes ?? {}
  if (sizes !== undefined) {
    const values = sizes as readonly number[]
    const table = constant({ type: 'int64', dims: [values.length], data: values })
    return [{ ...node, inputs: [node.inputs[0], table], attributes }]
  }
  if (opset >= 18 || (node.inputs[1] ?? '') !== '') return [node]
  return [{ ...node, attributes: { ...attributes, num_outputs: node.outputs.length } }]
}

/** Until 13, Softmax flattened its input to rank 2 at the axis (1 unless said) and worked along the second. */
function flattening(node: NodeSpec, { dims, constant, fresh }: UpgradeContext): NodeSpec[] {
  const shape = dims(node.outputs[0])
  const axis = axisOf(Number(node.attributes?.axis ?? 1), shape.length)
  const rest = shape.slice(axis)
  const attributes = { ...node.attributes, axis: -1 }
  if (rest.length === 1) return [{ ...node, attributes }]
  const columns = rest.reduce((product, dim) => product * dim, 1)
  const rows = shape.slice(0, axis).reduce((product, dim) => product * dim, 1)
  const flat = fresh(`${node.outputs[0]}.flat`)
  const made = fresh(`${node.outputs[0]}.${node.op}`)
  const table = (values: readonly number[]) =>
    constant({ type: 'int64', dims: [values.length], data: values })
  return [
    { op: 'Reshape', inputs: [node.inputs[0], table([rows, columns])], outputs: [flat] },
    { ...node, inputs: [flat], outputs: [made], attributes },
    { op: 'Reshape', inputs: [made, table(shape)], outputs: node.outputs },
  ]
}

function constantNode(node: NodeSpec, { refuse }: UpgradeContext): NodeSpec[] {
  const found = Object.entries(node.attributes ?? {})[0]
  if (found === undefined) return refuse('holds no value')
  const [kind, given] = found
  const plain = given !== null && typeof given === 'object' && 'float' in given ? given.float : given
  const list = plain !== null && typeof plain === 'object' && 'floats' in plain ? plain.floats : plain
  const value = ((): Numbers => {
    if (kind === 'value') return list as Numbers
    if (kind === 'value_float') return { type: 'float32', dims: [], data: [Number(list)] }
    if (kind === 'value_int') return { type: 'int64', dims: [], data: [Number(list)] }
    const values = list as readonly number[]
    if (kind === 'value_floats') return { type: 'float32', dims: [values.length], data: values }
    if (kind === 'value_ints') return { type: 'int64', dims: [values.length], data: values }
    return refuse(`holds its value as ${kind}, which no number is`)
  })()
  return [{ op: 'Constant', inputs: [], outputs: node.outputs, attributes: { value } }]
}

/** Dropout that was exported acts at inference only. What the network drops while it trains is a rewrite's to add. */
function dropout(node: NodeSpec, { isRead, refuse }: UpgradeContext): NodeSpec[] {
  if (node.outputs.slice(1).some(isRead)) return refuse('hands its mask to another node')
  return [{ op: 'Identity', inputs: [node.inputs[0]], outputs: [node.outputs[0]] }]
}

function batchNormalization(node: NodeSpec, { isRead, refuse }: UpgradeContext): NodeSpec[] {
  if (node.outputs.slice(1).some((name) => name !== '' && isRead(name))) {
    return refuse('hands its batch statistics to another node')
  }
  const { spatial, training_mode: _, ...attributes } = node.attributes ?? {}
  if (spatial === 0) return refuse('normalises every pixel by itself')
  return [{ ...node, outputs: [node.outputs[0]], attributes }]
}

function gridSample(node: NodeSpec): NodeSpec[] {
  const names: Readonly<Record<string, string>> = { bilinear: 'linear', bicubic: 'cubic' }
  const mode = String(node.attributes?.mode ?? 'bilinear')
  return [{ ...node, attributes: { ...node.attributes, mode: names[mode] ?? mode } }]
}

function resize(node: NodeSpec, { refuse }: UpgradeContext): NodeSpec[] {
  const mode = node.attributes?.coordinate_transformation_mode
  if (mode === 'tf_half_pixel_for_nn')
    return refuse(`places pixels by ${mode}, which later opsets do not have`)
  return [node]
}
