import { type Loss, scaledSum } from './loss.ts'

/**
 * (1/n) Σ weight · (max(z, 0) − z · t + log(1 + e^−|z|)): each score a yes or no of its own (iCaRL), in the form that
 * neither overflows nor loses small probabilities. `targets` 0 … 1 and `weights`, both [n, width]; weights of
 * 1 / width (`evenly`) make it PyTorch's binary_cross_entropy_with_logits.
 */
export function binaryCrossEntropy(): Loss {
  return {
    name: 'binary-cross-entropy',
    fed: (rows, width) => ({ targets: [rows, width], weights: [rows, width] }),
    write(emit, { scores: z, fed: { targets, weights }, share }) {
      const positive = emit.call('Relu', [z], [{ dims: z.dims }])[0]
      const tail = emit.Log(emit.Add(emit.Exp(emit.Neg(emit.Abs(z))), emit.scalar(1)))
      const each = emit.Add(emit.Sub(positive, emit.Mul(z, targets)), tail)
      return scaledSum(emit, emit.Mul(each, weights), share)
    },
  }
}
