import { addedAt } from '../gathered-back.ts'
import { defineRule } from '../rule.ts'

/** Y, indices = the k largest (or smallest) of X along `axis`     dX = dY at the indices, zeros elsewhere */
export const topK = defineRule('TopK', ({ inputs: [X, k], outputs, dOutputs, emit, attribute }) => {
  const dY = dOutputs[0]
  if (dY === undefined) return [undefined, undefined]
  const axis = attribute('axis', -1)
  const attributes = { axis, largest: attribute('largest', 1), sorted: attribute('sorted', 1) }
  const made = [{ dims: dY.dims }, { type: 'int64' as const, dims: dY.dims }]
  const indices = outputs[1] ?? emit.call('TopK', [X, k], made, attributes)[1]!
  return [addedAt(emit, emit.filled(X!.dims, 0), indices, dY, axis), undefined]
})
