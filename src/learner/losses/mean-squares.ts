import { type Loss, scaledSum } from './loss.ts'

/**
 * (1/n) Σ weight · (scores − targets)²: DER's loss on stored logits. `targets` and `weights` are [n, width]; with
 * weights of 1 / width (`evenly`) it is PyTorch's mse_loss, and a row of weight 0 takes no part.
 * @source Buzzega et al., "Dark Experience for General Continual Learning", NeurIPS 2020. arXiv:2004.07211
 */
export function meanSquares(): Loss {
  return {
    name: 'mean-squares',
    fed: (rows, width) => ({ targets: [rows, width], weights: [rows, width] }),
    write(emit, { scores, fed: { targets, weights }, share }) {
      const off = emit.Sub(scores, targets)
      return scaledSum(emit, emit.Mul(emit.Mul(off, off), weights), share)
    },
  }
}
