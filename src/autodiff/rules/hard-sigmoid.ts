import { above } from '../masks.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = max(0, min(1, alpha·X + beta))     dX = alpha·dY where 0 < Y < 1, else 0 (also at the kinks, as in PyTorch).
 * Y·(1 − Y) > 0 is that mask. From Y, so that X need not be kept. alpha is 0.2 and beta 0.5 unless said.
 * @source ONNX HardSigmoid-6.
 */
export const hardSigmoid = defineRule('HardSigmoid', ({ outputs: [Y], dY, emit, attribute }) => {
  const inside = above(emit, emit.Mul(Y!, emit.Sub(emit.scalar(1), Y!)), 0)
  return [emit.Mul(emit.Mul(dY, emit.scalar(attribute('alpha', 0.2))), inside)]
})
