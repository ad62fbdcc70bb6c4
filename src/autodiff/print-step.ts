import type { NodeSpec } from '../onnx/index.ts'
import type { ElementType } from '../tensor/index.ts'
import type { Parts } from './bytes.ts'

const short: Readonly<Record<ElementType, string>> = {
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

/** An expression inside another is at most so long; a longer one gets a line and a name. */
const longest = 64

/**
 * A training step as text, for people and for golden files. What the network itself makes has a line each; what the
 * backward pass makes and reads once stands where it is read, and ᵀ marks what a product reads transposed:
 *
 *   step(x f32[4,3], w f32[3,2]) → loss, w.next
 *     scores f32[4,2] = MatMul x w
 *     w.next f32[3,2] = Sub w (Mul rate (Gemm xᵀ Sub.2))
 *
 * @param own tensors that keep a line of their own, for example what the forward nodes make
 */
export function printStep({ inputs, outputs, nodes, shapes }: Parts, own: Iterable<string> = []): string {
  const named = new Set([...own, ...outputs])
  const readers = new Map<string, number>()
  for (const { inputs } of nodes) for (const name of inputs) readers.set(name, (readers.get(name) ?? 0) + 1)
  const inlined = new Map<string, string>()
  const typed = (name: string) => {
    const { type, dims } = shapes.get(name)!
    return `${name} ${short[type]}[${dims.join(',')}]`
  }
  const lines: string[] = []
  for (const node of nodes) {
    const text = expression(node, inlined)
    const [first] = node.outputs
    const isSingle = node.outputs.length === 1 && readers.get(first) === 1 && !named.has(first)
    if (isSingle && text.length <= longest) inlined.set(first, text)
    else lines.push(`  ${node.outputs.map((name) => (name === '' ? '_' : typed(name))).join(', ')} = ${text}`)
  }
  return [
    `step(${inputs.map(({ name }) => typed(name)).join(', ')}) → ${outputs.join(', ')}`,
    ...lines,
    '',
  ].join('\n')
}

function expression({ op, inputs, attributes = {} }: NodeSpec, inlined: ReadonlyMap<string, string>): string {
  const { transA, transB, ...others } = attributes
  const read = inputs.map((name, index) => {
    const text = inlined.has(name) ? `(${inlined.get(name)})` : name === '' ? '_' : name
    return (index === 0 && transA === 1) || (index === 1 && transB === 1) ? `${text}ᵀ` : text
  })
  const rest = Object.entries(others).map(([key, value]) => `${key}=${valueText(value)}`)
  return [op, ...read, ...(rest.length > 0 ? [`{${rest.join(' ')}}`] : [])].join(' ')
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join(',')}]`
  if (value !== null && typeof value === 'object') return 'float' in value ? String(value.float) : '…'
  return String(value)
}
