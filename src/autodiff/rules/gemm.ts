import { defineRule } from '../rule.ts'
import { productGradients } from './matmul.ts'

/**
 * Y = alpha · A'·B' + beta · C     dC = beta · dY, summed where C was broadcast
 * A' [n, k]   B' [k, m]   C broadcasts to [n, m], and may be left out.
 * @source ONNX Gemm-13.
 */
export const gemm = defineRule('Gemm', ({ inputs: [A, B, C], dY, emit, attribute }) => {
  if (A === undefined || B === undefined) return []
  const sides = productGradients(emit, A, B, dY, {
    transA: attribute('transA', 0) !== 0,
    transB: attribute('transB', 0) !== 0,
    alpha: attribute('alpha', 1),
  })
  if (C === undefined) return sides
  const beta = attribute('beta', 1)
  const dC = emit.unbroadcast(dY, C.dims) // scaled after the sum, when it is small
  return [...sides, beta === 1 ? dC : emit.Mul(dC, emit.scalar(beta))]
})
