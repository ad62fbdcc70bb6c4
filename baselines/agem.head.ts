import { headOf } from 'streambed'
import { agem } from './agem.ts'

/**
 * Averaged GEM in front of a frozen backbone: `agem` with only a head to train, and embeddings in its memory.
 *
 * @source Chaudhry et al., "Efficient Lifelong Learning with A-GEM", ICLR 2019. arXiv:1812.00420
 */
export const agemHead = headOf(agem, {
  summary: 'a linear head, no step against the gradient of a draw of embeddings',
  options: {},
})
