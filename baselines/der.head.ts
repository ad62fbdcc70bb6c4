import { headOf } from 'streambed'
import { der } from './der.ts'

/**
 * Dark experience replay in front of a frozen backbone: `der` with only a head to train, and embeddings in its buffer.
 *
 * @source Buzzega et al., "Dark Experience for General Continual Learning", NeurIPS 2020. arXiv:2004.07211
 */
export const derHead = headOf(der, {
  summary: 'a linear head held to scores stored with replayed embeddings',
  options: {},
})
