import { headOf } from 'streambed'
import { gem } from './gem.ts'

/**
 * Gradient episodic memory in front of a frozen backbone: `gem` with only a head to train, and embeddings in its rings.
 *
 * @source Lopez-Paz and Ranzato, "Gradient Episodic Memory for Continual Learning", NeurIPS 2017. arXiv:1706.08840
 */
export const gemHead = headOf(gem, {
  summary: 'a linear head, no step against the gradient of an earlier task’s embeddings',
  options: { learningRate: 0.03 },
})
