import { headOf } from 'streambed'
import { cumulative } from './cumulative.ts'

/**
 * A head in front of a frozen backbone, trained with each task on all embeddings so far: `cumulative` with only a head
 * to train.
 *
 * @source "Cumulative" of Lomonaco et al., "Avalanche", 2021. arXiv:2104.00405
 */
export const cumulativeHead = headOf(cumulative, {
  summary: 'ceiling: a linear head trained on all tasks so far',
  options: { learningRate: 0.03 },
})
