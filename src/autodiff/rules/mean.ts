import { defineRule } from '../rule.ts'

/**
 * Y = (X₀ + … + Xₙ₋₁) / n     dXᵢ = dY / n, summed over the axes along which the term was stretched.
 * The mean of n tensors, one by one (ReduceMean is the mean along axes); float32.
 * @source ONNX Mean-13.
 */
export const mean = defineRule('Mean', ({ inputs, dY, emit }) => {
  const share = emit.Mul(dY, emit.scalar(1 / inputs.length))
  return inputs.map((term) => emit.unbroadcast(share, term!.dims))
})
