import { axisOf } from '../axes.ts'
import { defineRule } from '../rule.ts'
import { summedProduct } from '../summed-product.ts'

/**
 * Y = softmax of X along an axis     dX = Y·(dY − Σ dY·Y), the sum along the axis. From Y, so that X need not be kept.
 * The last axis unless said.
 * @source ONNX Softmax-13.
 */
export const softmax = defineRule('Softmax', ({ outputs: [Y], dY, emit, attribute }) => {
  const { dims } = Y!
  const axis = axisOf(attribute('axis', -1), dims.length)
  const one = dims.map((dim, at) => (at === axis ? 1 : dim))
  return [emit.Mul(Y!, emit.Sub(dY, summedProduct(emit, dY, Y!, one)))]
})
