import { defineRule } from '../rule.ts'

/**
 * Y = 1 / (1 + e⁻ˣ)     dX = dY·Y·(1 − Y), from Y, so that X need not be kept.
 * SiLU arrives as X·Sigmoid(X) and needs no rule of its own.
 * @source ONNX Sigmoid-13.
 */
export const sigmoid = defineRule('Sigmoid', ({ outputs: [Y], dY, emit }) => [
  emit.Mul(dY, emit.Mul(Y!, emit.Sub(emit.scalar(1), Y!))),
])
