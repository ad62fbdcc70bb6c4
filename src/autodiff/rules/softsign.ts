import { defineRule } from '../rule.ts'

/**
 * Y = X / (1 + |X|)     dX = dY·(1 − |Y|)², from Y, so that X need not be kept.
 * @source ONNX Softsign-1.
 */
export const softsign = defineRule('Softsign', ({ outputs: [Y], dY, emit }) => {
  const rest = emit.Sub(emit.scalar(1), emit.Abs(Y!))
  return [emit.Mul(dY, emit.Mul(rest, rest))]
})
