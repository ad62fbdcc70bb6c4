import { defineRule } from '../rule.ts'

/**
 * Y = sin X     dX = dY·cos X
 * @source ONNX Sin-7.
 */
export const sin = defineRule('Sin', ({ inputs: [X], dY, emit }) => [
  emit.Mul(dY, emit.call('Cos', [X!], [X!])[0]),
])
