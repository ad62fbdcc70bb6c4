import { above } from '../masks.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = X·h, h = max(0, min(1, X/6 + ½))     dX = dY·(h + X/6 where 0 < h < 1).
 * Inside, X/6 is h − ½. At the kinks −3 and 3 it takes the slope from outside: 0 and 1.
 * @source ONNX HardSwish-14; Howard et al., "Searching for MobileNetV3", ICCV 2019, eq. 4. arXiv:1905.02244
 */
export const hardSwish = defineRule('HardSwish', ({ inputs: [X], dY, emit }) => {
  const h = emit.HardSigmoid(X!, 1 / 6, 0.5)
  const inside = above(emit, emit.Mul(h, emit.Sub(emit.scalar(1), h)), 0) // Sign would be slower
  const slope = emit.Add(h, emit.Mul(emit.Mul(X!, emit.scalar(1 / 6)), inside))
  return [emit.Mul(dY, slope)]
})
