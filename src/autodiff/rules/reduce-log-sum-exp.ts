import { reductionOf } from '../reduction.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = ln Σ eˣ along axes     dX = dY·exp(X − Y), the softmax of X.
 * @throws unsupported-gradient when the axes are computed.
 * @source ONNX ReduceLogSumExp-18.
 */
export const reduceLogSumExp = defineRule('ReduceLogSumExp', (context) => {
  const {
    inputs: [X],
    outputs: [Y],
    dY,
    emit,
  } = context
  const { keep } = reductionOf(context)
  return [emit.Mul(keep(dY), emit.Exp(emit.Sub(X!, keep(Y!)))), undefined]
})
