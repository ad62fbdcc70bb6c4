import type { Model, Node } from './model.ts'
import { elementType } from './values.ts'
import type { Shapes } from './with-outputs.ts'

const short: Readonly<Record<string, string>> = {
  float32: 'f32',
  float64: 'f64',
  float16: 'f16',
  uint8: 'u8',
  int8: 'i8',
  uint16: 'u16',
  int16: 'i16',
  uint32: 'u32',
  int32: 'i32',
  uint64: 'u64',
  int64: 'i64',
  bool: 'bool',
}

/**
 * A graph as text, one line a node, for people and for golden files:
 *
 *   head(embedding f32[n,512]) → logits
 *     logits f32[n,10] = Gemm embedding head.weight head.bias
 *
 * Constants come first, attributes follow in braces. `shapes` (of the runtime) adds the type of every tensor;
 * without it only declared ones show.
 */
export function printGraph(model: Model, shapes?: Shapes): string {
  const { name, inputs, outputs, nodes, initializers } = model.graph
  const declared = new Map(
    [...inputs, ...outputs].map((value) => [value.name, value.type && typeText(value.type, value.shape)]),
  )
  const typed = (tensor: string) => {
    const known = shapes?.get(tensor)
    const type = known === undefined ? declared.get(tensor) : typeText(known.type, known.dims)
    return type === undefined ? tensor : `${tensor} ${type}`
  }
  const head = `${name || 'graph'}(${inputs.map((value) => typed(value.name)).join(', ')}) → ${outputs
    .map((value) => value.name)
    .join(', ')}`
  const body = nodes.map((node) => `  ${lineOf(node, typed)}`)
  const weights = [...initializers.values()].map(
    ({ name, dataType, dims }) =>
      `  ${name} = constant ${typeText(elementType(dataType) ?? `type${dataType}`, dims.map(Number))}`,
  )
  return [head, ...weights, ...body, ''].join('\n')
}

function lineOf(node: Node, typed: (tensor: string) => string): string {
  const made = node.outputs.map((tensor) => (tensor === '' ? '_' : typed(tensor))).join(', ')
  const read = node.inputs.map((tensor) => (tensor === '' ? '_' : tensor))
  const op = node.domain === '' ? node.op : `${node.domain}.${node.op}`
  const attributes = Object.entries(node.attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${attributeText(value)}`)
  return [`${made} =`, op, ...read, ...(attributes.length > 0 ? [`{${attributes.join(' ')}}`] : [])].join(' ')
}

function attributeText(value: Node['attributes'][string]): string {
  if (value === undefined) return '…'
  if (Array.isArray(value)) return `[${value.join(',')}]`
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function typeText(type: string, shape: readonly (number | string)[] | undefined): string {
  return `${short[type] ?? type}${shape === undefined ? '[…]' : `[${shape.map((dim) => (dim === '' ? '?' : dim)).join(',')}]`}`
}
