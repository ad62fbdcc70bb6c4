import { defineRule } from '../rule.ts'

/**
 * Y = |X|     dX = dY·sign X, which is 0 at 0, as in PyTorch.
 * @source ONNX Abs-13.
 */
export const abs = defineRule('Abs', ({ inputs: [X], dY, emit }) => [emit.Mul(dY, emit.Sign(X!))])
