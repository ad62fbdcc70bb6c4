import { defineRule } from '../rule.ts'

/**
 * Y = tanh X     dX = dY·(1 − Y²), from Y, so that X need not be kept.
 * @source ONNX Tanh-13.
 */
export const tanh = defineRule('Tanh', ({ outputs: [Y], dY, emit }) => [
  emit.Mul(dY, emit.Sub(emit.scalar(1), emit.Mul(Y!, Y!))),
])
