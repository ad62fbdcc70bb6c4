import { defineRule } from '../rule.ts'

/**
 * Y = X as a matrix, cut at `axis`     dX = dY in the shape of X
 * @source ONNX Flatten-13.
 */
export const flatten = defineRule('Flatten', ({ inputs: [X], dY, emit }) => [emit.Reshape(dY, X!.dims)])
