import { defineRule } from '../rule.ts'

/**
 * Y = −X     dX = −dY
 * @source ONNX Neg-13.
 */
export const neg = defineRule('Neg', ({ dY, emit }) => [emit.Neg(dY)])
