import { sizeOf } from '../../tensor/index.ts'
import { defineRule } from '../rule.ts'

/**
 * The mean of each map: every pixel has a share of 1 / HW in it.
 * X [N, C, …]   Y, dY [N, C, 1 …]
 * @source ONNX GlobalAveragePool-1.
 */
export const globalAveragePool = defineRule('GlobalAveragePool', ({ inputs: [X], dY, emit }) => {
  if (X === undefined) return []
  const share = emit.scalar(1 / sizeOf(X.dims.slice(2)))
  return [emit.Expand(emit.Mul(dY, share), X.dims)]
})
