import { defineRule } from '../rule.ts'
import { tanhGeluSlope } from '../tanh-gelu.ts'

/**
 * Y = gelu(X + b), by tanh     dX = dY·slope(X + b)     db = that, summed to the shape of b.
 * X [… , n]   b [n] or left out. The slope: see tanh-gelu.
 * @source com.microsoft FastGelu-1.
 */
export const fastGelu = defineRule(
  'FastGelu',
  ({ inputs: [X, bias], outputs: [Y], dY, emit }) => {
    const shifted = bias === undefined ? X! : emit.Add(X!, bias)
    const dX = emit.Mul(dY, tanhGeluSlope(emit, shifted, Y!))
    return [dX, bias && emit.unbroadcast(dX, bias.dims)]
  },
  'com.microsoft',
)
