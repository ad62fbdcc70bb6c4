import type { NodeSpec } from '../onnx/index.ts'
import { openSession, type Tensor } from '../runtime/index.ts'
import { bytesOf, type Parts } from './bytes.ts'
import { pruned } from './prune.ts'

/** So many nodes are looked at in one run: more would hold more of their results at once. */
const together = 64

/**
 * Where a computation stops being numbers: the first node that makes NaN, in words, with the range of all that it
 * read. For the error after a loss that is NaN; it runs the graph several times and reads every tensor.
 *
 * @returns for example `Softmax /blocks.0/Softmax made NaN of masked (-Infinity … -Infinity)`; nothing if all is finite
 *   or infinite, and the input's name if NaN was fed
 */
export async function firstNaN(
  parts: Parts,
  feeds: Readonly<Record<string, Tensor>>,
  { threads }: { threads: number },
): Promise<string | undefined> {
  for (const { name } of parts.inputs) {
    if (hasNaN(feeds[name])) return `the input ${name} held NaN already`
  }
  for (const [name, { type, data }] of parts.constants) {
    if (type === 'float32' && (data as Float32Array).some(Number.isNaN))
      return `the constant ${name} holds NaN`
  }
  for (let start = 0; start < parts.nodes.length; start += together) {
    const chunk = parts.nodes.slice(start, start + together)
    const values = await valuesOf(parts, chunk, feeds, threads)
    const node = chunk.find(({ outputs }) => outputs.some((name) => hasNaN(values[name])))
    if (node === undefined) continue
    const read = await valuesOf(parts, makersOf(parts, node), feeds, threads)
    const ranges = node.inputs.flatMap((name) => {
      const range = rangeOf(read[name] ?? feeds[name])
      return range === undefined ? [] : [`${name} (${range})`]
    })
    return `${node.op} ${node.name || `→ ${node.outputs[0]}`} made NaN of ${ranges.join(', ') || 'its constants'}`
  }
  return undefined
}

function makersOf({ nodes }: Parts, { inputs }: NodeSpec): NodeSpec[] {
  return nodes.filter(({ outputs }) => outputs.some((name) => inputs.includes(name)))
}

/** What these nodes make, float tensors only. */
async function valuesOf(
  parts: Parts,
  nodes: readonly NodeSpec[],
  feeds: Readonly<Record<string, Tensor>>,
  threads: number,
): Promise<Record<string, Tensor>> {
  const outputs = nodes
    .flatMap((node) => node.outputs)
    .filter((name) => parts.shapes.get(name)?.type === 'float32')
  if (outputs.length === 0) return {}
  const needed = pruned(parts.nodes, outputs)
  const read = new Set(needed.flatMap(({ inputs }) => inputs))
  const inputs = parts.inputs.filter(({ name }) => read.has(name))
  const session = await openSession(bytesOf({ ...parts, inputs, outputs, nodes: needed }), {
    threads,
    label: 'the search for NaN',
  })
  try {
    return await session.run(Object.fromEntries(inputs.map(({ name }) => [name, feeds[name]])))
  } finally {
    await session.release()
  }
}

function hasNaN(tensor: Tensor | undefined): boolean {
  return tensor?.type === 'float32' && (tensor.data as Float32Array).some(Number.isNaN)
}

function rangeOf(tensor: Tensor | undefined): string | undefined {
  if (tensor?.type !== 'float32') return undefined
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of tensor.data as Float32Array) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return `${short(low)} … ${short(high)}`
}

function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value)
}
