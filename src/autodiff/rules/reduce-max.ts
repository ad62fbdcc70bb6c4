import { reaches } from '../masks.ts'
import { reductionOf } from '../reduction.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = the largest X along axes     dX = dY where X is it, in equal parts where several are (as PyTorch's `amax`), else 0.
 * @throws unsupported-gradient when the axes are computed.
 * @source ONNX ReduceMax-18.
 */
export const reduceMax = defineRule('ReduceMax', (context) => {
  const {
    inputs: [X],
    outputs: [Y],
    dY,
    emit,
  } = context
  const { axes, keep } = reductionOf(context)
  const taken = reaches(emit, X!, keep(Y!), 'most')
  return [emit.Mul(taken, emit.Div(keep(dY), emit.ReduceSum(taken, axes, true))), undefined]
})
