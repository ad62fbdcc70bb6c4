import { defineRule } from '../rule.ts'

/**
 * Y = 1 / X     dX = −dY·Y², from Y, so that X need not be kept.
 * @source ONNX Reciprocal-13.
 */
export const reciprocal = defineRule('Reciprocal', ({ outputs: [Y], dY, emit }) => [
  emit.Neg(emit.Mul(dY, emit.Mul(Y!, Y!))),
])
