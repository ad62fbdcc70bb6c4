import { defineRule } from '../rule.ts'

/**
 * Y = running sums of X along an axis     dX = running sums of dY from the other end
 * @source ONNX CumSum-14.
 */
export const cumSum = defineRule('CumSum', ({ inputs: [, axis], dY, emit, attribute }) => {
  const attributes = { exclusive: attribute('exclusive', 0), reverse: 1 - attribute('reverse', 0) }
  return [emit.call('CumSum', [dY, axis], [{ dims: dY.dims }], attributes)[0], undefined]
})
