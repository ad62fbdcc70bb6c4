import { reductionOf } from '../reduction.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = √(Σ X²) along axes     dX = X·(dY / Y), and 0 where Y is 0, as in PyTorch.
 * @throws unsupported-gradient when the axes are computed.
 * @source ONNX ReduceL2-18.
 */
export const reduceL2 = defineRule('ReduceL2', (context) => {
  const {
    inputs: [X],
    outputs: [Y],
    dY,
    emit,
  } = context
  const zero = emit.scalar(0)
  const [isZero] = emit.call('Equal', [Y!, zero], [{ type: 'bool', dims: Y!.dims }])
  const ratio = emit.Where(isZero, zero, emit.Div(dY, Y!))
  return [emit.Mul(X!, reductionOf(context).keep(ratio)), undefined]
})
