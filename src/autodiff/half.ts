import type { NodeSpec, Numbers } from '../onnx/index.ts'
import type { TypedArray } from '../tensor/index.ts'

/** A float16 table as float32; other tables as they are. */
export function upcast(numbers: Numbers): Numbers {
  if (numbers.type !== 'float16') return numbers
  return { type: 'float32', dims: numbers.dims, data: floatsOf(numbers.data as TypedArray) }
}

/** ONNX's number for float16, in the attributes that name an element type. */
const float16 = 10

/** The node in a graph that has no float16: what it casts to or makes, and the tables it carries, are float32. */
export function upcastNode(node: NodeSpec): NodeSpec {
  if (node.attributes === undefined) return node
  const attributes = Object.entries(node.attributes).map(([name, value]) => {
    if ((name === 'to' || name === 'dtype') && Number(value) === float16) return [name, 'float32'] as const
    const isTable = value !== null && typeof value === 'object' && 'dims' in value
    return [name, isTable ? upcast(value) : value] as const
  })
  return { ...node, attributes: Object.fromEntries(attributes) }
}

/** The bits of a float16 table as float32 numbers: exact, every half is a float. */
function floatsOf(halves: TypedArray): Float32Array {
  return Float32Array.from(halves as Uint16Array, (bits) => {
    const sign = bits & 0x8000 ? -1 : 1
    const exponent = (bits >> 10) & 0x1f
    const fraction = bits & 0x3ff
    if (exponent === 0) return sign * fraction * 2 ** -24
    if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
  })
}
