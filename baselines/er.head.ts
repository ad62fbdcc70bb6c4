import { headOf } from 'streambed'
import { er } from './er.ts'

/**
 * Experience replay in front of a frozen backbone: `er` with only a head to train, and embeddings in its buffer.
 *
 * @source Chaudhry et al., "On Tiny Episodic Memories in Continual Learning", 2019. arXiv:1902.10486
 */
export const erHead = headOf(er, {
  summary: 'a linear head with experience replay of stored embeddings',
  options: { learningRate: 0.03 },
})
