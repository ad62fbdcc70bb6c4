import { headOf } from 'streambed'
import { gdumb } from './gdumb.ts'

/**
 * GDumb in front of a frozen backbone: `gdumb` with only a head to train, and embeddings in its buffer.
 *
 * @source Prabhu et al., "GDumb: A Simple Approach that Questions Our Progress in Continual Learning", ECCV 2020.
 */
export const gdumbHead = headOf(gdumb, {
  summary: 'a linear head trained anew after each task on a balanced buffer of embeddings',
  options: { learningRate: 0.03 },
})
