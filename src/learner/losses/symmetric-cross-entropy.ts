import { type Loss, logSoftmax, scaledSum } from './loss.ts'

/**
 * a · cross-entropy + b · reverse cross-entropy, where the reverse is Σ p · (−log target) with p clamped to 1e-7 … 1
 * and the one-hot target to 1e-4 … 1. Feed `targets` (one-hot) and `surprise` (`surpriseOf(targets)`), [n, width]; with
 * `masked` also a `mask`, as a cross-entropy has it, and a surprise of 0 for classes that take no part.
 * @source Wang et al., ICCV 2019; SLCA++, arXiv:2408.08295, with (a, b) = (1, 0.1) on CIFAR-100.
 */
export function symmetricCrossEntropy({ a = 1, b = 0.1, masked = false } = {}): Loss {
  return {
    name: 'symmetric-cross-entropy',
    fed: (rows, width) => ({
      targets: [rows, width],
      surprise: [rows, width],
      ...(masked ? { mask: [rows, width] } : {}),
    }),
    write(emit, { scores: all, fed: { targets, surprise, mask }, share }) {
      const scores = masked ? emit.Add(all, mask) : all
      const logP = logSoftmax(emit, scores)
      const forward = emit.Neg(scaledSum(emit, emit.Mul(targets, logP), share))
      const p = emit.Softmax(scores, 1)
      const clamped = emit.call('Clip', [p, emit.scalar(1e-7), emit.scalar(1)], [{ dims: p.dims }])[0]
      const reverse = scaledSum(emit, emit.Mul(clamped, surprise), share)
      return emit.Add(emit.Mul(forward, emit.scalar(a)), emit.Mul(reverse, emit.scalar(b)))
    },
  }
}
