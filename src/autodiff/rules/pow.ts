import type { Numbers } from '../../onnx/index.ts'
import type { Emit } from '../emit.ts'
import type { Ref } from '../network.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = Xᶜ     dX = dY·c·Xᶜ⁻¹     dc = dY·Y·ln X, and 0 where X is 0; each summed over the axes along which its operand was
 * stretched. Where c is 0, dX is 0 whatever X is, as in PyTorch.
 * X float32; c of any shape that broadcasts, a constant of any type or a computed float. The usual constants −1, ½, 1, 2
 * and 3 need no power. dc is NaN where X < 0, as the power is for most c.
 * @throws unsupported-gradient for a computed exponent of whole numbers.
 * @source ONNX Pow-15.
 */
export const pow = defineRule('Pow', ({ inputs: [X, C], outputs: [Y], dY, emit, constant, refuse }) => {
  const numbers = constant(C)
  if (numbers === undefined && C!.type !== X!.type) refuse('its exponent is computed as whole numbers')
  const slope = numbers === undefined ? computedSlope(emit, X!, Y!, C!) : constantSlope(emit, X!, Y!, numbers)
  const dX = emit.unbroadcast(emit.Mul(dY, slope), X!.dims)
  if (C!.type !== X!.type) return [dX, undefined]
  const logarithm = emit.Where(equals(emit, X!, emit.scalar(0)), emit.scalar(0), emit.Log(X!))
  return [dX, emit.unbroadcast(emit.Mul(dY, emit.Mul(Y!, logarithm)), C!.dims)]
})

/** c·Xᶜ⁻¹ for exponents known beforehand. */
function constantSlope(emit: Emit, X: Ref, Y: Ref, { dims, data }: Numbers): Ref {
  const exponents = Array.from(data as ArrayLike<number | bigint>, Number)
  switch (exponents.every((c) => c === exponents[0]) ? exponents[0] : undefined) {
    case 1:
      return emit.scalar(1)
    case 2:
      return emit.Mul(X, emit.scalar(2))
    case 3:
      return emit.Mul(X, emit.Mul(X, emit.scalar(3)))
    case 0.5:
      return emit.Div(emit.scalar(0.5), Y)
    case -1:
      return emit.Neg(emit.Mul(Y, Y))
  }
  const table = (of: (c: number) => number) =>
    emit.constant({ type: 'float32', dims, data: exponents.map(of) })
  const power = table((c) => (c === 0 ? 0 : c - 1)) // 0·X⁻¹ would be NaN at 0
  return emit.Mul(
    table((c) => c),
    emit.call('Pow', [X, power], [Y])[0],
  )
}

/** c·Xᶜ⁻¹ for exponents that are learned or fed. */
function computedSlope(emit: Emit, X: Ref, Y: Ref, C: Ref): Ref {
  const zero = emit.scalar(0)
  const power = emit.Where(equals(emit, C, zero), zero, emit.Sub(C, emit.scalar(1)))
  return emit.Mul(C, emit.call('Pow', [X, power], [{ type: X.type, dims: Y.dims }])[0])
}

function equals(emit: Emit, x: Ref, y: Ref): Ref {
  return emit.call('Equal', [x, y], [{ type: 'bool', dims: x.dims }])[0]
}
