import { defineRule } from '../rule.ts'

/**
 * Y = max(0, min(1, alpha·X + beta))     dX = alpha·dY where 0 < Y < 1, else 0 (also at the kinks, as in PyTorch).
 * sign(Y·(1 − Y)) is that mask. From Y, so that X need not be kept. alpha is 0.2 and beta 0.5 unless said.
 * @source ONNX HardSigmoid-6.
 */
export const hardSigmoid = defineRule('HardSigmoid', ({ outputs: [Y], dY, emit, attribute }) => {
  const inside = emit.Sign(emit.Mul(Y!, emit.Sub(emit.scalar(1), Y!)))
  return [emit.Mul(emit.Mul(dY, emit.scalar(attribute('alpha', 0.2))), inside)]
})
