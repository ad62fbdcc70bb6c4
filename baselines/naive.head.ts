import { headOf } from 'streambed'
import { naive } from './naive.ts'

/**
 * A linear head trained on each task in turn, in front of a frozen backbone: `naive` with only a head to train. The
 * floor of every method that trains a head.
 *
 * @source "Fine-tuning" or "SGD" of most papers, on embeddings.
 */
export const naiveHead = headOf(naive, {
  summary: 'a linear head trained on each task in turn',
  options: { learningRate: 0.03 },
})
