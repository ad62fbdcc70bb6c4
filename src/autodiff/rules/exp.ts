import { defineRule } from '../rule.ts'

/**
 * Y = eˣ     dX = dY·Y, from Y, so that X need not be kept.
 * @source ONNX Exp-13.
 */
export const exp = defineRule('Exp', ({ outputs: [Y], dY, emit }) => [emit.Mul(dY, Y!)])
