import { defineRule } from '../rule.ts'

/**
 * Y = A where C, else B     dA = dY where C, else 0     dB = dY where not C, else 0, each summed over the axes along
 * which its operand was stretched. C bool; A, B float32; any three shapes that broadcast. C has no gradient.
 * @source ONNX Where-16.
 */
export const where = defineRule('Where', ({ inputs: [C, A, B], dY, emit }) => {
  const zero = emit.scalar(0)
  return [
    undefined,
    emit.unbroadcast(emit.Where(C!, dY, zero), A!.dims),
    emit.unbroadcast(emit.Where(C!, zero, dY), B!.dims),
  ]
})
