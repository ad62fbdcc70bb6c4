import { headOf } from 'streambed'
import { derPlusPlus } from './der-plus-plus.ts'

/**
 * Dark experience replay with labels in front of a frozen backbone: `der++` with only a head to train, and embeddings
 * in its buffer.
 *
 * @source Buzzega et al., "Dark Experience for General Continual Learning", NeurIPS 2020. arXiv:2004.07211
 */
export const derPlusPlusHead = headOf(derPlusPlus, {
  summary: 'a linear head held to stored scores and labels of replayed embeddings',
  options: {},
})
