import { defineRule } from '../rule.ts'

/**
 * Y = A + B     dA = dY     dB = dY, each summed over the axes along which its operand was stretched.
 * A, B of any two shapes that broadcast; float32.
 * @source ONNX Add-14.
 */
export const add = defineRule('Add', ({ inputs: [A, B], dY, emit }) => [
  emit.unbroadcast(dY, A!.dims),
  emit.unbroadcast(dY, B!.dims),
])
