import type { Ref } from '../network.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = X·p, p = sigmoid(alpha·X)     dX = dY·(p + alpha·Y·(1 − p)). alpha is 1.702 unless said (CLIP); with 1 it is SiLU.
 * @source com.microsoft QuickGelu-1; Hendrycks and Gimpel, "GELUs", 2016. arXiv:1606.08415
 */
export const quickGelu = defineRule(
  'QuickGelu',
  ({ inputs: [X], outputs: [Y], dY, emit, attribute }) => {
    const alpha = attribute<number>('alpha', 1.702)
    const scaled = (x: Ref) => (alpha === 1 ? x : emit.Mul(x, emit.scalar(alpha)))
    const [p] = emit.call('Sigmoid', [scaled(X!)], [X!])
    const rest = emit.Mul(Y!, emit.Sub(emit.scalar(1), p))
    return [emit.Mul(dY, emit.Add(p, scaled(rest)))]
  },
  'com.microsoft',
)
