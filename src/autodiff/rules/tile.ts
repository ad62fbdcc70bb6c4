import { integersOf } from '../axes.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = X laid side by side `repeats` times along each axis     dX = the tiles of dY added up
 *
 * An axis of Y is seen as [repeats, size], and the repeats are summed away.
 * @throws unsupported-gradient, naming the node, when the repeats are computed.
 * @source ONNX Tile-13.
 */
export const tile = defineRule('Tile', ({ inputs: [X, repeats], dY, emit, constant, refuse }) => {
  const table = constant(repeats)
  if (table === undefined) return refuse('how often it repeats is computed, not a constant')
  const split: number[] = []
  const summed: number[] = []
  integersOf(table).forEach((times, axis) => {
    if (times > 1) {
      summed.push(split.length)
      split.push(times)
    }
    split.push(X!.dims[axis])
  })
  if (summed.length === 0) return [dY, undefined]
  return [emit.ReduceSum(emit.Reshape(dY, split), summed, false), undefined]
})
