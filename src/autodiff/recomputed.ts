import type { NodeSpec } from '../onnx/index.ts'
import { axisOf } from './axes.ts'
import type { Parts } from './bytes.ts'
import type { Network, Ref } from './network.ts'
import { type Pen, penFor } from './pen.ts'

/** What the backward pass can compute again from what it keeps anyway, each a reason less to keep a large tensor. */
export type Recomputed = 'gelu' | 'layer normalization' | 'attention'

/**
 * The same training step with less memory and a little more work: what it says in `what` is let go after the forward
 * pass, and computed again where the backward pass first reads it. Gradients are the same to the bit.
 *
 *   gelu                  Gelu(x) from x
 *   layer normalization   from its input, the residual stream
 *   attention             softmax(scale · q·kᵀ + mask) from q and k: both the scores and the probabilities
 *
 * @param parts the whole step
 * @param network its forward pass, whose tensors bear the same names in it
 * @source Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016. arXiv:1604.06174
 */
export function recomputed(
  parts: Parts,
  network: Pick<Network, 'nodes'>,
  what: readonly Recomputed[],
): Parts {
  const maker = new Map(network.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
  const pen = penFor(parts)
  const refs = new Map([...parts.shapes, ...parts.inputs.map((ref): [string, Ref] => [ref.name, ref])])
  const chains = new Map<string, readonly NodeSpec[]>()
  for (const node of network.nodes) {
    const chain = chainOf(node, maker, refs, what)
    if (chain !== undefined) chains.set(node.outputs[0], chain)
  }

  const kept = new Set(parts.outputs)
  const again = new Map<string, string>()
  /** The tensor under its new name, written where it is first asked for; the same where it is kept anyway. */
  const second = (name: string): string => {
    const known = again.get(name)
    if (known !== undefined) return known
    const node = maker.get(name)
    let made = name
    const chain = kept.has(name) ? undefined : chains.get(name)
    if (chain !== undefined) made = rewritten(chain, pen, refs)
    else if (node?.op === 'Reshape' && !kept.has(name)) {
      const source = second(node.inputs[0])
      if (source !== node.inputs[0]) {
        made = pen.emit.Reshape({ ...refs.get(node.inputs[0])!, name: source }, refs.get(name)!.dims).name
      }
    }
    again.set(name, made)
    return made
  }

  const nodes = parts.nodes.flatMap((node) => {
    if (node.outputs.some((name) => maker.has(name))) return [node]
    const start = pen.nodes.length
    const inputs = node.inputs.map(second)
    return [...pen.nodes.slice(start), { ...node, inputs }]
  })
  if (pen.nodes.length === 0) return parts
  return {
    ...parts,
    nodes,
    constants: new Map([...parts.constants, ...pen.constants]),
    shapes: new Map([...parts.shapes, ...pen.shapes]),
  }
}

/** The nodes to run again for what this one makes, in their order; nothing for a node that is not to be recomputed. */
function chainOf(
  node: NodeSpec,
  maker: ReadonlyMap<string, NodeSpec>,
  refs: ReadonlyMap<string, Ref>,
  what: readonly Recomputed[],
): readonly NodeSpec[] | undefined {
  if (node.op === 'Gelu') return what.includes('gelu') ? [node] : undefined
  if (node.op === 'LayerNormalization') return what.includes('layer normalization') ? [node] : undefined
  if (node.op !== 'Softmax' || !what.includes('attention')) return undefined
  const chain = [node]
  for (let made = maker.get(node.inputs[0]); made !== undefined; made = maker.get(made.inputs[0])) {
    chain.unshift(made)
    const batched = ['transBatchA', 'transBatchB'].some((flag) => Number(made?.attributes?.[flag] ?? 0) !== 0)
    if (made.op === 'MatMul' || made.op === 'FusedMatMul') return batched ? undefined : chain
    // A scale or a mask on the way from the scores, which keeps their shape.
    const [from, to] = [refs.get(made.inputs[0]), refs.get(made.outputs[0])]
    if (!['Add', 'Mul', 'Div'].includes(made.op) || from?.dims.join() !== to?.dims.join()) return undefined
  }
  return undefined
}

/**
 * The nodes once more, on a first input with one axis more in front: the runtime merges nodes that are equal, and would
 * keep the tensor after all. Reshapes move nothing.
 */
function rewritten(chain: readonly NodeSpec[], { emit }: Pen, refs: ReadonlyMap<string, Ref>): string {
  const ref = (name: string) => (name === '' ? undefined : refs.get(name))
  let x = ref(chain[0].inputs[0])!
  x = emit.Reshape(x, [1, ...x.dims])
  for (const node of chain) {
    const { dims } = ref(node.outputs[0])!
    const rank = dims.length
    const { axis } = node.attributes ?? {}
    const fromTheEnd: Record<string, number> =
      axis === undefined ? {} : { axis: axisOf(Number(axis), rank) - rank }
    const inputs = [x, ...node.inputs.slice(1).map(ref)]
    const attributes = { ...node.attributes, ...fromTheEnd }
    x = emit.call(node.op, inputs, [{ type: x.type, dims: [1, ...dims] }], attributes, node.domain)[0]
  }
  return emit.Reshape(x, x.dims.slice(1)).name
}
