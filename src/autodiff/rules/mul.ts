import { defineRule } from '../rule.ts'
import { summedProduct } from '../summed-product.ts'

/**
 * Y = A·B, one by one     dA = dY·B     dB = dY·A, each summed over the axes along which its operand was stretched.
 * A, B of any two shapes that broadcast; float32. A gain over whole maps (squeeze and excitation) is one dot product a map.
 * @source ONNX Mul-14.
 */
export const mul = defineRule('Mul', ({ inputs: [A, B], dY, emit }) => [
  summedProduct(emit, dY, B!, A!.dims),
  summedProduct(emit, dY, A!, B!.dims),
])
