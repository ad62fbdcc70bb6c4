import { axisOf } from '../axes.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = ln softmax of X along an axis     dX = dY − exp(Y)·Σ dY, the sum along the axis. From Y, so that X need not be kept.
 * The last axis unless said.
 * @source ONNX LogSoftmax-13.
 */
export const logSoftmax = defineRule('LogSoftmax', ({ outputs: [Y], dY, emit, attribute }) => {
  const axis = axisOf(attribute('axis', -1), Y!.dims.length)
  return [emit.Sub(dY, emit.Mul(emit.Exp(Y!), emit.ReduceSum(dY, [axis], true)))]
})
