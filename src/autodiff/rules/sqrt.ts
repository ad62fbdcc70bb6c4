import { defineRule } from '../rule.ts'

/**
 * Y = √X     dX = dY·½ / Y, from Y, so that X need not be kept.
 * Infinite at 0, as in PyTorch.
 * @source ONNX Sqrt-13.
 */
export const sqrt = defineRule('Sqrt', ({ outputs: [Y], dY, emit }) => [
  emit.Div(emit.Mul(dY, emit.scalar(0.5)), Y!),
])
