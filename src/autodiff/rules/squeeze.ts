import { defineRule } from '../rule.ts'

/**
 * Y = X without some axes of size 1     dX = dY in the shape of X
 * @source ONNX Squeeze-13.
 */
export const squeeze = defineRule('Squeeze', ({ inputs: [X], dY, emit }) => [
  emit.Reshape(dY, X!.dims),
  undefined,
])
