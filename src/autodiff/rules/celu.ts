import { defineRule } from '../rule.ts'

/**
 * Y = max(X, 0) + min(0, α·(exp(X/α) − 1))     dX = dY where X > 0, else dY·(Y/α + 1): max(0, min(1, Y/α + 1)), one pass.
 * α > 0, 1 unless said.
 * @source ONNX Celu-12; Barron, "Continuously Differentiable Exponential Linear Units", 2017. arXiv:1704.07483
 */
export const celu = defineRule('Celu', ({ outputs: [Y], dY, emit, attribute }) => [
  emit.Mul(dY, emit.HardSigmoid(Y!, 1 / attribute('alpha', 1), 1)),
])
