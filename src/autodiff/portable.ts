import type { NodeSpec } from '../onnx/index.ts'
import { askedOnce } from './asked-once.ts'
import type { Parts } from './bytes.ts'
import type { Ref } from './network.ts'
import { type Pen, penFor } from './pen.ts'

/**
 * The same graph for execution providers other than the CPU's.
 *
 * FusedMatMul is an operator of the runtime's own, for which WebGPU and CoreML have no kernel: each product would go
 * to the CPU and back. It becomes Transpose, MatMul and Mul, which every provider has.
 *
 * `onCpu` names nodes that a provider takes and then fails at: a MaxPool that tells where its maxima were
 * (onnxruntime 1.30's WebGPU: "The Indices output is not supported yet").
 */
export function portable(parts: Parts): { parts: Parts; onCpu: readonly string[] } {
  const pen = penFor(parts)
  const refs = new Map([...parts.shapes, ...parts.inputs.map((ref): [string, Ref] => [ref.name, ref])])
  const onCpu: string[] = []
  // First what `bytesOf` does: it lets a pool's own node tell the places too.
  const nodes = askedOnce(parts.nodes, parts.outputs).flatMap((node) => {
    if (node.op === 'FusedMatMul') return plainProduct(node, refs, pen)
    if (node.op !== 'MaxPool' || node.outputs.length < 2) return [node]
    const name = node.name || pen.fresh('MaxPool')
    onCpu.push(name)
    return [{ ...node, name }]
  })
  return {
    parts: {
      ...parts,
      nodes,
      constants: new Map([...parts.constants, ...pen.constants]),
      shapes: new Map([...parts.shapes, ...pen.shapes]),
    },
    onCpu,
  }
}

function plainProduct(node: NodeSpec, refs: ReadonlyMap<string, Ref>, { emit, nodes }: Pen): NodeSpec[] {
  const { transA = 0, transB = 0, transBatchA = 0, transBatchB = 0, alpha = 1 } = node.attributes ?? {}
  const [a, b] = node.inputs.map((name) => refs.get(name))
  if (a === undefined || b === undefined || transBatchA !== 0 || transBatchB !== 0) return [node]
  const start = nodes.length
  const turned = (ref: Ref, isTurned: boolean) => {
    const rank = ref.dims.length
    if (!isTurned || rank < 2) return ref
    return emit.Transpose(ref, [...ref.dims.keys()].slice(0, -2).concat(rank - 1, rank - 2))
  }
  const product = emit.MatMul(turned(a, transA !== 0), turned(b, transB !== 0))
  if (alpha !== 1) emit.Mul(product, emit.scalar(Number(alpha)))
  const written = nodes.slice(start)
  return [...written.slice(0, -1), { ...written.at(-1)!, outputs: node.outputs }]
}
