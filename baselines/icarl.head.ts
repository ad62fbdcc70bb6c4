import { headOf } from 'streambed'
import { icarl } from './icarl.ts'

/**
 * iCaRL in front of a frozen backbone: `icarl` with only a head to train, and embeddings for exemplars. Features are the
 * embeddings, so that `nearest` does not hang on what the head learns.
 *
 * @source Rebuffi et al., "iCaRL: Incremental Classifier and Representation Learning", CVPR 2017. arXiv:1611.07725
 */
export const icarlHead = headOf(icarl, {
  summary: 'a linear head with distillation and herded embeddings, and their nearest mean',
  options: { learningRate: 0.03 },
})
