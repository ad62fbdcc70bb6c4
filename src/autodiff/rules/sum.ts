import { defineRule } from '../rule.ts'

/**
 * Y = X₀ + X₁ + …     dXᵢ = dY, summed over the axes along which the term was stretched.
 * One term or more, of shapes that broadcast; float32.
 * @source ONNX Sum-13.
 */
export const sum = defineRule('Sum', ({ inputs, dY, emit }) =>
  inputs.map((term) => emit.unbroadcast(dY, term!.dims)),
)
