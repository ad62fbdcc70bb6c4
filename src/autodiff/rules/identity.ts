import { defineRule } from '../rule.ts'

/**
 * Y = X     dX = dY
 * @source ONNX Identity-19.
 */
export const identity = defineRule('Identity', ({ dY }) => [dY])
