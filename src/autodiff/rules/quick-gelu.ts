import { defineRule } from '../rule.ts'

/**
 * Y = X·p, p = sigmoid(alpha·X)     dX = dY·(p + alpha·X·p·(1 − p)). alpha is 1.702 unless said. Used by CLIP.
 * @source com.microsoft QuickGelu-1; Hendrycks and Gimpel, "GELUs", 2016. arXiv:1606.08415
 */
export const quickGelu = defineRule(
  'QuickGelu',
  ({ inputs: [X], dY, emit, attribute }) => {
    const scaled = emit.Mul(X!, emit.scalar(attribute('alpha', 1.702)))
    const [p] = emit.call('Sigmoid', [scaled], [X!])
    const slope = emit.Add(p, emit.Mul(scaled, emit.Mul(p, emit.Sub(emit.scalar(1), p))))
    return [emit.Mul(dY, slope)]
  },
  'com.microsoft',
)
