import { headOf } from 'streambed'
import { slca } from './slca.ts'

/**
 * Classifier alignment in front of a frozen backbone: `slca` with only a head to train, so that what is drawn is never
 * out of date.
 *
 * @source Zhang et al., "SLCA", ICCV 2023. arXiv:2303.05118
 */
export const slcaHead = headOf(slca, {
  summary: 'a linear head trained on each task in turn, aligned on drawn embeddings',
  options: {},
})
