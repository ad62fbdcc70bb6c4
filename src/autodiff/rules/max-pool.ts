import type { Emit } from '../emit.ts'
import type { Ref } from '../network.ts'
import { defineRule } from '../rule.ts'

/**
 * The gradient goes to the pixel that was the greatest of its window, the one that the forward pass took where
 * several tie, and adds up where windows overlap.
 * X [N, C, …]   Y, dY [N, C, …]   every kernel, stride, dilation, padding and rounding that the runtime takes.
 *
 * The winners are the node's second output; a node that was not asked for it is run once more with it.
 * @source ONNX MaxPool-12.
 */
export const maxPool = defineRule(
  'MaxPool',
  ({ node, inputs: [X], outputs: [, winners], dY, emit, attribute }) => {
    if (X === undefined) return []
    const byRows = attribute('storage_order', 0) === 0
    if (winners !== undefined && byRows) return [scattered(emit, X, winners, dY)]
    // Spelt as the node itself wherever it can be, so that both become one (see asked-once).
    const { storage_order: _, ...rest } = node.attributes ?? {}
    const sliding = byRows ? node.attributes : rest
    const made = [{ dims: dY.dims }, { type: 'int64' as const, dims: dY.dims }]
    const [, again] = emit.call('MaxPool', [X], made, sliding)
    return [scattered(emit, X, again, dY)]
  },
)

/** Adds each number of dY to a tensor of zeros shaped as X, at its index in the flattened tensor. */
export function scattered(emit: Emit, X: Ref, indices: Ref, dY: Ref): Ref {
  const count = dY.dims.reduce((all, dim) => all * dim, 1)
  const total = X.dims.reduce((all, dim) => all * dim, 1)
  const [zeros] = emit.call('ConstantOfShape', [emit.ints([total])], [{ type: dY.type, dims: [total] }], {
    value: { type: dY.type, dims: [1], data: [0] },
  })
  const [sum] = emit.call(
    'ScatterElements',
    [zeros, emit.Reshape(indices, [count]), emit.Reshape(dY, [count])],
    [{ dims: [total] }],
    { axis: 0, reduction: 'add' },
  )
  return emit.Reshape(sum, X.dims)
}
