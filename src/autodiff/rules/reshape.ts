import { defineRule } from '../rule.ts'

/**
 * Y = X in another shape     dX = dY in the shape of X
 * @source ONNX Reshape-19.
 */
export const reshape = defineRule('Reshape', ({ inputs: [X], dY, emit }) => [
  emit.Reshape(dY, X!.dims),
  undefined,
])
