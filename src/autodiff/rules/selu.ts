import { isPositive } from '../masks.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = γ·X where X > 0, else γ·α·(eˣ − 1)     dX = dY·γ where X > 0, else dY·(Y + γ·α).
 * α = 1.6733 and γ = 1.0507 unless said.
 * @source ONNX Selu-6; Klambauer et al., "Self-Normalizing Neural Networks", NeurIPS 2017. arXiv:1706.02515
 */
export const selu = defineRule('Selu', ({ inputs: [X], outputs: [Y], dY, emit, attribute }) => {
  const gamma = attribute('gamma', 1.0507010221481323)
  const alpha = attribute('alpha', 1.6732631921768188)
  const slope = emit.Where(isPositive(emit, X!), emit.scalar(gamma), emit.Add(Y!, emit.scalar(gamma * alpha)))
  return [emit.Mul(dY, slope)]
})
