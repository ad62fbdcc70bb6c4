import { reductionOf } from '../reduction.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = Σ X² along axes     dX = X·2·dY, doubled before it is spread along them.
 * @throws unsupported-gradient when the axes are computed.
 * @source ONNX ReduceSumSquare-18.
 */
export const reduceSumSquare = defineRule('ReduceSumSquare', (context) => {
  const { inputs, dY, emit } = context
  return [emit.Mul(inputs[0]!, reductionOf(context).keep(emit.Mul(dY, emit.scalar(2)))), undefined]
})
