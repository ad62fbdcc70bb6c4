import { defineRule } from '../rule.ts'
import { scattered } from './max-pool.ts'

/**
 * The gradient goes to the greatest pixel of each map, the first where several tie.
 * X [N, C, …]   Y, dY [N, C, 1 …]
 * @source ONNX GlobalMaxPool-1.
 */
export const globalMaxPool = defineRule('GlobalMaxPool', ({ inputs: [X], dY, emit }) => {
  if (X === undefined) return []
  const made = [{ dims: dY.dims }, { type: 'int64' as const, dims: dY.dims }]
  const [, winners] = emit.call('MaxPool', [X], made, { kernel_shape: X.dims.slice(2) })
  return [scattered(emit, X, winners, dY)]
})
