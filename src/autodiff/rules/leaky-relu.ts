import { isPositive } from '../masks.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = X where X > 0, else alpha·X     dX = dY where X > 0, else alpha·dY (also at 0, as in PyTorch).
 * alpha is 0.01 unless said.
 * @source ONNX LeakyRelu-16.
 */
export const leakyRelu = defineRule('LeakyRelu', ({ inputs: [X], dY, emit, attribute }) => [
  emit.Where(isPositive(emit, X!), dY, emit.Mul(dY, emit.scalar(attribute('alpha', 0.01)))),
])
