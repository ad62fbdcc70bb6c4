import { above } from '../masks.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = max(X, 0)     dX = dY where Y > 0, else 0; nothing passes at 0, as in PyTorch. From Y, so that X need not be kept.
 * The mask is a factor, so an infinite dY gives NaN where nothing passes, which the check of the loss then sees.
 * @source ONNX Relu-14.
 */
export const relu = defineRule('Relu', ({ outputs: [Y], dY, emit }) => [emit.Mul(dY, above(emit, Y!, 0))])
