import { defineRule } from '../rule.ts'

/**
 * Y = ln X     dX = dY / X
 * @source ONNX Log-13.
 */
export const log = defineRule('Log', ({ inputs: [X], dY, emit }) => [emit.Div(dY, X!)])
