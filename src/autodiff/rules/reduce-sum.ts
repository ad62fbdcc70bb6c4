import { reductionOf } from '../reduction.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = Σ X along axes     dX = dY, spread along them.
 * @throws unsupported-gradient when the axes are computed.
 * @source ONNX ReduceSum-13.
 */
export const reduceSum = defineRule('ReduceSum', (context) => {
  const { keep, spread } = reductionOf(context)
  return [spread(keep(context.dY)), undefined]
})
