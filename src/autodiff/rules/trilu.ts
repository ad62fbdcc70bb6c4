import { defineRule } from '../rule.ts'

/**
 * Y = the upper (or lower) triangle of X from the k-th diagonal     dX = the same triangle of dY
 * @source ONNX Trilu-14.
 */
export const trilu = defineRule('Trilu', ({ inputs: [, k], dY, emit, attribute }) => [
  emit.call('Trilu', [dY, k], [{ dims: dY.dims }], { upper: attribute('upper', 1) })[0],
  undefined,
])
