import { defineRule } from '../rule.ts'

/**
 * Y = X repeated along axes of size 1, and new ones in front     dX = dY summed over the repetitions
 * @source ONNX Expand-13.
 */
export const expand = defineRule('Expand', ({ inputs: [X], dY, emit }) => [
  emit.unbroadcast(dY, X!.dims),
  undefined,
])
