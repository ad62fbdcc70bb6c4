import { type Loss, logSoftmax, scaledSum } from './loss.ts'

/**
 * Pulls features of one class together, away from those of the others:
 *
 *   (1/n) Σᵢ −(1/|P(i)|) Σ_{p ∈ P(i)} log( exp(uᵢ·u_p / τ) / Σ_{a ≠ i} exp(uᵢ·u_a / τ) )        u = f / ‖f‖
 *
 * with P(i) the other rows of i's class. `targets` [n, width] one-hot; a row of zeros is no example, and one without
 * a partner adds nothing.
 * @source Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020, eq. 2. arXiv:2004.11362
 */
export function supervisedContrastive({ temperature = 0.1 } = {}): Loss {
  return {
    name: 'supervised-contrastive',
    couplesRows: true,
    fed: (rows, width) => ({ targets: [rows, width] }),
    write(emit, { features, fed: { targets }, share }) {
      const [rows] = targets.dims
      const square = { type: 'float32' as const, dims: [rows, rows] }
      const self = Float32Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 1 : 0))
      const length = emit.Sqrt(
        emit.Add(emit.ReduceSum(emit.Mul(features, features), [1], true), emit.scalar(1e-30)),
      )
      const unit = emit.Div(features, length)
      const likeness = emit.Mul(emit.MatMul(unit, emit.Transpose(unit, [1, 0])), emit.scalar(1 / temperature))

      const present = emit.Reshape(emit.ReduceSum(targets, [1], true), [1, rows])
      const absent = emit.Mul(emit.Sub(present, emit.scalar(1)), emit.scalar(1e9))
      const without = emit.constant({ ...square, data: self.map((one) => (one === 1 ? -1e9 : 0)) })
      const logP = logSoftmax(emit, emit.Add(emit.Add(likeness, without), absent))

      const together = emit.Gemm(targets, targets, { transB: true })
      const others = emit.constant({ ...square, data: self.map((one) => 1 - one) })
      const partners = emit.Mul(together, others)
      const count = emit.ReduceSum(partners, [1], true)
      const atLeastOne = emit.call('Max', [count, emit.scalar(1)], [{ dims: count.dims }])[0]
      return emit.Neg(scaledSum(emit, emit.Mul(emit.Div(partners, atLeastOne), logP), share))
    },
  }
}
