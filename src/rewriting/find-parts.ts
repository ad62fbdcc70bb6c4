import type { Node, Shapes } from '../onnx/index.ts'
import type { Linear, Norm } from './anatomy.ts'
import type { View } from './view.ts'

export interface Finder extends View {
  readonly shapes: Shapes
  dims(tensor: string): readonly number[]
}

/** Operators that move numbers about without changing one. */
export const moving = new Set(
  'Reshape Transpose Gather Slice Split Squeeze Unsqueeze Identity Cast Flatten Dropout Contiguous'.split(
    ' ',
  ),
)

const sizeOf = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1)

/** The operand of a two-operand node that carries the data: the one that depends on the images, and is larger. */
export function carrier(finder: Finder, node: Node): string | undefined {
  const fed = node.inputs.filter((name) => name !== '' && finder.fed(name))
  return fed.toSorted((a, b) => sizeOf(finder.dims(b)) - sizeOf(finder.dims(a)))[0]
}

/** A product by one number, in whatever spelling: a scale. */
export function isScale(finder: Finder, node: Node): boolean {
  if (node.op !== 'Mul' && node.op !== 'Div') return false
  const [a, b] = node.inputs.map((name) => sizeOf(finder.dims(name)))
  return b === 1 || (node.op === 'Mul' && a === 1)
}

/** The linear layer whose result this very tensor is. */
export function linearAt(finder: Finder, tensor: string): Linear | undefined {
  const node = finder.maker(tensor)
  if (node === undefined) return undefined
  if (node.op === 'Add') {
    const data = node.inputs.filter((name) => finder.fed(name))
    const bias = node.inputs.find((name) => !finder.fed(name))
    if (data.length !== 1 || bias === undefined) return undefined
    const inner = productAt(finder, data[0])
    if (inner === undefined || sizeOf(finder.dims(bias)) !== inner.outputSize) return undefined
    return { ...inner, result: tensor, bias: finder.weightBehind(bias) ?? bias }
  }
  return productAt(finder, tensor)
}

function productAt(finder: Finder, tensor: string): Linear | undefined {
  const node = finder.maker(tensor)
  if (node?.op !== 'MatMul' && node?.op !== 'Gemm') return undefined
  const [input, weight, bias] = node.inputs
  if (!finder.fed(input) || finder.fed(weight) || finder.dims(weight).length !== 2) return undefined
  const inputDims = finder.dims(input)
  const dims = finder.dims(tensor)
  return {
    input,
    product: tensor,
    result: tensor,
    weight: finder.weightBehind(weight),
    bias: bias === undefined || bias === '' ? undefined : bias,
    inputSize: node.attributes.transA === 1 ? inputDims[0] : inputDims.at(-1)!,
    outputSize: dims.at(-1)!,
  }
}

/** Who computes with a tensor; those that only ask its shape are left out. */
function dataReaders(finder: Finder, tensor: string): Node[] {
  return finder.readers(tensor).filter(({ op }) => op !== 'Shape' && op !== 'Size')
}

/** The same, with the bias that may follow: what the layer's product leads to. */
export function withBias(finder: Finder, linear: Linear): Linear {
  const [reader, ...others] = dataReaders(finder, linear.result)
  if (others.length > 0 || reader?.op !== 'Add' || linear.bias !== undefined) return linear
  return linearAt(finder, reader.outputs[0]) ?? linear
}

/** Walks back over movements and scales to the linear layer; `path` runs from its result to `tensor`. */
export function linearBehind(
  finder: Finder,
  tensor: string,
  passes: (node: Node) => boolean = (node) => moving.has(node.op) || isScale(finder, node),
): { linear: Linear; path: string[] } | undefined {
  const path = [tensor]
  for (let at = tensor; ; path.unshift(at)) {
    const linear = linearAt(finder, at)
    if (linear !== undefined) return { linear, path }
    const node = finder.maker(at)
    if (node === undefined || !passes(node)) return undefined
    const next = carrier(finder, node)
    if (next === undefined) return undefined
    at = next
  }
}

/** Walks on over movements, where there is but one way, to the node that does something else. */
export function ahead(finder: Finder, tensor: string): { node: Node; from: string } | undefined {
  for (let from = tensor; ; ) {
    const readers = dataReaders(finder, from)
    if (readers.length !== 1) return undefined
    const [node] = readers
    if (!moving.has(node.op)) return { node, from }
    from = node.outputs[0]
  }
}

/** The normalisation that made this tensor, movements in between passed over. */
export function normBehind(finder: Finder, tensor: string): Norm | undefined {
  for (let at = tensor; ; ) {
    const norm = normAt(finder, at)
    if (norm !== undefined) return norm
    const node = finder.maker(at)
    if (node === undefined || !moving.has(node.op)) return undefined
    at = node.inputs[0]
  }
}

export function normAt(finder: Finder, tensor: string): Norm | undefined {
  const node = finder.maker(tensor)
  if (node === undefined) return undefined
  const size = finder.dims(tensor).at(-1) ?? 0
  if (node.op === 'LayerNormalization') {
    const [input, gain, bias] = node.inputs
    return {
      input,
      output: tensor,
      size,
      gain: finder.weightBehind(gain),
      bias: bias === undefined || bias === '' ? undefined : finder.weightBehind(bias),
    }
  }
  // Add(Mul(Div(Sub(x, mean), Sqrt(…)), gain), bias): how exports before opset 17 spell it
  const { data: scaled, weight: bias } = affine(finder, node, 'Add')
  if (scaled === undefined) return undefined
  const scaling = finder.maker(scaled)
  if (scaling === undefined) return undefined
  const { data: normed, weight: gain } = affine(finder, scaling, 'Mul')
  const divided = normed === undefined ? undefined : finder.maker(normed)
  if (divided?.op !== 'Div' || finder.maker(divided.inputs[1])?.op !== 'Sqrt') return undefined
  const centred = finder.maker(divided.inputs[0])
  if (centred?.op !== 'Sub' || finder.maker(centred.inputs[1])?.op !== 'ReduceMean') return undefined
  return { input: centred.inputs[0], output: tensor, gain, bias, size }
}

function affine(finder: Finder, node: Node, op: 'Add' | 'Mul'): { data?: string; weight?: string } {
  if (node.op !== op) return {}
  const data = node.inputs.filter((name) => finder.fed(name))
  const other = node.inputs.find((name) => !finder.fed(name))
  return data.length === 1 && other !== undefined ? { data: data[0], weight: finder.weightBehind(other) } : {}
}
