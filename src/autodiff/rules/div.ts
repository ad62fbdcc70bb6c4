import { defineRule } from '../rule.ts'
import { summedProduct } from '../summed-product.ts'

/**
 * Y = A / B     dA = dY / B     dB = −(dY·Y) / B, each summed over the axes along which its operand was stretched;
 * for dB before dividing, since B is the same along them.
 * A, B of any two shapes that broadcast; float32. Infinite or NaN where B is 0, as the quotient is.
 * @source ONNX Div-14.
 */
export const div = defineRule('Div', ({ inputs: [A, B], outputs: [Y], dY, emit }) => [
  emit.unbroadcast(emit.Div(dY, B!), A!.dims),
  emit.Neg(emit.Div(summedProduct(emit, dY, Y!, B!.dims), B!)),
])
