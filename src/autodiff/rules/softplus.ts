import { defineRule } from '../rule.ts'

/**
 * Y = ln(1 + eˣ)     dX = dY / (1 + e⁻ˣ)
 * @source ONNX Softplus-1.
 */
export const softplus = defineRule('Softplus', ({ inputs: [X], dY, emit }) => [
  emit.Mul(dY, emit.call('Sigmoid', [X!], [X!])[0]),
])
