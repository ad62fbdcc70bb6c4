import { type Model, type Node, numbersOf } from '../onnx/index.ts'
import type { Tensor } from '../tensor/index.ts'

/** A graph that can be walked both ways. */
export interface View {
  readonly model: Model
  maker(tensor: string): Node | undefined
  readers(tensor: string): readonly Node[]
  /** The values of a tensor that is stored in the file: an initializer, or the output of a Constant node. */
  constant(tensor: string): Tensor | undefined
  /** The weight that a tensor is, or is a transposed, cast or otherwise rearranged form of. */
  weightBehind(tensor: string): string | undefined
  /** Whether the tensor depends on what is fed, by more than its shape. */
  fed(tensor: string): boolean
}

const rearranging = new Set(['Identity', 'Transpose', 'Cast', 'Reshape', 'Expand', 'Unsqueeze', 'Squeeze'])

export function viewOf(model: Model): View {
  const { nodes, initializers, inputs } = model.graph
  const makers = new Map<string, Node>()
  const readers = new Map<string, Node[]>()
  const fed = new Set(inputs.map(({ name }) => name))
  for (const node of nodes) {
    for (const output of node.outputs) makers.set(output, node)
    for (const input of new Set(node.inputs)) {
      const known = readers.get(input)
      if (known === undefined) readers.set(input, [node])
      else known.push(node)
    }
    if (node.op === 'Shape' || node.op === 'Size') continue
    const data = new Set(['Expand', 'Reshape', 'Slice', 'Tile']).has(node.op)
      ? node.inputs.slice(0, 1)
      : node.inputs
    if (data.some((name) => fed.has(name))) for (const output of node.outputs) fed.add(output)
  }
  const weightBehind = (tensor: string): string | undefined => {
    if (initializers.has(tensor)) return tensor
    const maker = makers.get(tensor)
    return maker !== undefined && rearranging.has(maker.op) ? weightBehind(maker.inputs[0]) : undefined
  }
  return {
    model,
    maker: (tensor) => makers.get(tensor),
    readers: (tensor) => readers.get(tensor) ?? [],
    fed: (tensor) => fed.has(tensor),
    weightBehind,
    constant(tensor) {
      const stored = initializers.get(tensor)
      if (stored !== undefined) return numbersOf(stored, model.label)
      const maker = makers.get(tensor)
      if (maker?.op === 'Identity') return this.constant(maker.inputs[0])
      if (maker?.op !== 'Constant') return undefined
      const value = maker.proto.attribute.find(({ name }) => name === 'value')?.t
      if (value !== undefined) return numbersOf(value, model.label)
      const { value_ints, value_int } = maker.attributes
      const ints = value_ints ?? value_int
      if (ints === undefined) return undefined
      const list = [ints].flat() as number[]
      const dims = value_ints === undefined ? [] : [list.length]
      return { type: 'int64', dims, data: BigInt64Array.from(list.map(BigInt)) }
    },
  }
}
