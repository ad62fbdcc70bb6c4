import { headOf } from 'streambed'
import { ewc } from './ewc.ts'

/**
 * Elastic weight consolidation in front of a frozen backbone: `ewc` with only a head to train, and to hold.
 *
 * @source Kirkpatrick et al., "Overcoming catastrophic forgetting in neural networks", PNAS 2017. arXiv:1612.00796
 */
export const ewcHead = headOf(ewc, {
  summary: 'a linear head, its weights held by how much they mattered to earlier tasks',
  options: { learningRate: 0.03 },
})
