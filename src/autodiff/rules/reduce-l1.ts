import { reductionOf } from '../reduction.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = Σ |X| along axes     dX = dY·sign X, which is 0 at 0, as in PyTorch.
 * @throws unsupported-gradient when the axes are computed.
 * @source ONNX ReduceL1-18.
 */
export const reduceL1 = defineRule('ReduceL1', (context) => {
  const { inputs, dY, emit } = context
  return [emit.Mul(emit.Sign(inputs[0]!), reductionOf(context).keep(dY)), undefined]
})
