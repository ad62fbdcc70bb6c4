import { reductionOf } from '../reduction.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = mean of X along axes, each of n values     dX = dY / n, divided before it is spread along them.
 * @throws unsupported-gradient when the axes are computed.
 * @source ONNX ReduceMean-18.
 */
export const reduceMean = defineRule('ReduceMean', (context) => {
  const { dY, emit } = context
  const { count, keep, spread } = reductionOf(context)
  return [spread(emit.Mul(keep(dY), emit.scalar(1 / count))), undefined]
})
