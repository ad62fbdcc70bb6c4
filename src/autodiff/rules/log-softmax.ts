import { axisOf } from '../axes.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = ln softmax of X along an axis     dX = dY − exp(Y)·Σ dY, the sum along the axis. From Y, so that X need not be kept.
 * The last axis unless said. A probability below 1e-30 is taken for 0, as one is that takes no part: numbers too small to be
 * normal slow a confident head threefold.
 * @source ONNX LogSoftmax-13.
 */
export const logSoftmax = defineRule('LogSoftmax', ({ outputs: [Y], dY, emit, attribute }) => {
  const axis = axisOf(attribute('axis', -1), Y!.dims.length)
  const [cut] = emit.call('Clip', [Y, emit.scalar(-69)], [{ dims: Y!.dims }])
  const [p] = emit.call('Relu', [emit.Sub(emit.Exp(cut), emit.scalar(1.2e-30))], [{ dims: Y!.dims }])
  return [emit.Sub(dY, emit.Mul(p, emit.ReduceSum(dY, [axis], true)))]
})
