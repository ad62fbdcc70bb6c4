import type { NodeSpec } from '../onnx/index.ts'
import { sizeOf } from '../tensor/index.ts'
import { axisOf } from './axes.ts'
import type { Lowering } from './lowering.ts'
import type { Network, Ref } from './network.ts'
import type { Pen } from './pen.ts'
import { renamed } from './step-parts.ts'

/**
 * A product with trained weights that is cut into parts (queries, keys and values), as a product for each part with its
 * share of the weights: weights are cut instead of what is made of them, and on the way back their gradients are joined.
 *
 *   Split(Reshape(x · w + b)) along the columns     →     Reshape(x · wᵢ + bᵢ) for each part
 *
 * @returns nothing for another Split, or where something else reads the product as well
 */
export function splitProducts(node: NodeSpec, network: Network, pen: Pen): Lowering | undefined {
  const found = productBelow(node, network)
  if (found === undefined) return undefined
  const { gemm, columns } = found
  const { emit } = pen
  const ref = (name: string) => network.shapes.get(name)!
  const [x, w, b] = gemm.inputs.map(ref)
  const transB = Number(gemm.attributes?.transB ?? 0) !== 0
  const start = pen.nodes.length
  const cut = (table: Ref, axis: number) =>
    emit.call(
      'Split',
      [table, emit.ints(columns)],
      columns.map((count) => ({ dims: table.dims.with(axis, count) })),
      { axis },
    )
  const weights = cut(w, transB ? 0 : 1)
  const biases = b === undefined ? [] : cut(b, 0)
  const names = new Map<string, string>()
  for (const [i, name] of node.outputs.entries()) {
    const part = emit.Gemm(x, weights[i], { transB, ...(b === undefined ? {} : { c: biases[i] }) })
    const made = emit.Reshape(part, ref(name).dims)
    names.set(made.name, name)
    pen.shapes.delete(made.name)
  }
  return { nodes: pen.nodes.slice(start).map((made) => renamed(made, names)) }
}

/** The product whose columns the Split cuts, and how many of them go to each part. */
function productBelow(node: NodeSpec, network: Network): { gemm: NodeSpec; columns: number[] } | undefined {
  const { nodes, shapes, constants, outputs } = network
  const onlyMaker = (name: string, op: string) => {
    const maker = nodes.find((each) => each.outputs.includes(name))
    const readers = nodes.filter(({ inputs }) => inputs.includes(name))
    if (maker?.op !== op || (maker.domain ?? '') !== '' || readers.length !== 1) return undefined
    return outputs.includes(name) ? undefined : maker
  }
  const reshape = onlyMaker(node.inputs[0], 'Reshape')
  const gemm = reshape && onlyMaker(reshape.inputs[0], 'Gemm')
  if (gemm === undefined) return undefined
  const { alpha = 1, beta = 1, transA = 0 } = gemm.attributes ?? {}
  const isPlain = Number(alpha) === 1 && Number(beta) === 1 && Number(transA) === 0
  const [, w, b] = gemm.inputs.map((name) => shapes.get(name))
  if (!isPlain || w === undefined || constants.has(w.name) || (b !== undefined && b.dims.length !== 1)) {
    return undefined
  }
  const [rows, width] = shapes.get(gemm.outputs[0])!.dims
  if (b !== undefined && b.dims[0] !== width) return undefined
  const { dims } = shapes.get(node.inputs[0])!
  const axis = axisOf(Number(node.attributes?.axis ?? 0), dims.length)
  if (sizeOf(dims.slice(0, axis)) !== rows) return undefined // it cuts along something else than the columns
  const each = sizeOf(dims.slice(axis + 1))
  return { gemm, columns: node.outputs.map((name) => shapes.get(name)!.dims[axis] * each) }
}
