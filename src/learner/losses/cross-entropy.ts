import { type Loss, logSoftmax, scaledSum } from './loss.ts'

/**
 * −(1/n) Σ target · log softmax(scores / T): hard labels, smoothing, mixup and distillation are one loss with
 * different targets. Rows of `targets` [n, width] sum to 1, or to the example's weight.
 *
 * With `masked` also `mask` [n, width] is fed and added to the scores: 0 for a class that takes part, −1e9 for one
 * that does not (see `maskOf`); cross-entropy over chosen classes.
 *
 * Distillation: targets from `softened(oldScores, T)`, T = 2, without the factor T² (PyCIL, iCaRL).
 */
export function crossEntropy({ masked = false, temperature = 1 }: CrossEntropyOptions = {}): Loss {
  return {
    name: 'cross-entropy',
    fed: (rows, width) => ({ targets: [rows, width], ...(masked ? { mask: [rows, width] } : {}) }),
    write(emit, { scores, fed: { targets, mask }, share }) {
      const cooled = temperature === 1 ? scores : emit.Mul(scores, emit.scalar(1 / temperature))
      const logP = logSoftmax(emit, masked ? emit.Add(cooled, mask) : cooled)
      return emit.Neg(scaledSum(emit, emit.Mul(targets, logP), share))
    },
  }
}

export interface CrossEntropyOptions {
  masked?: boolean
  /** T; 1 unless said. */
  temperature?: number
}
