import { defineRule } from '../rule.ts'

/**
 * Y = cos X     dX = −dY·sin X
 * @source ONNX Cos-7.
 */
export const cos = defineRule('Cos', ({ inputs: [X], dY, emit }) => [
  emit.Neg(emit.Mul(dY, emit.call('Sin', [X!], [X!])[0])),
])
