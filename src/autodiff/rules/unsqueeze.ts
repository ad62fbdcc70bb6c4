import { defineRule } from '../rule.ts'

/**
 * Y = X with more axes of size 1     dX = dY in the shape of X
 * @source ONNX Unsqueeze-13.
 */
export const unsqueeze = defineRule('Unsqueeze', ({ inputs: [X], dY, emit }) => [
  emit.Reshape(dY, X!.dims),
  undefined,
])
