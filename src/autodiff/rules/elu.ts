import { isPositive } from '../masks.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = X where X > 0, else alpha·(eˣ − 1)     dX = dY where X > 0, else dY·(Y + alpha).
 * With alpha = 1, the default, the slope is max(0, min(1, Y + 1)), one pass from Y.
 * @source ONNX Elu-6; Clevert et al., "ELUs", ICLR 2016. arXiv:1511.07289
 */
export const elu = defineRule('Elu', ({ inputs: [X], outputs: [Y], dY, emit, attribute }) => {
  const alpha = attribute('alpha', 1)
  if (alpha === 1) return [emit.Mul(dY, emit.HardSigmoid(Y!, 1, 1))]
  return [emit.Where(isPositive(emit, X!), dY, emit.Mul(dY, emit.Add(Y!, emit.scalar(alpha))))]
})
