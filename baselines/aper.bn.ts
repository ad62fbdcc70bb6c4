import { training } from 'streambed'
import { aper } from './aper.finetune.ts'

/**
 * APER for networks with batch normalisation: no weight of the copy is trained, and its running statistics move to those of
 * the first task, a tenth of the way at each batch. The head that learns meanwhile changes nothing below it.
 *
 * @source Zhou et al., IJCV 2024. arXiv:2303.07338; their ResNet-18 variant "BN"
 */
export const aperBn = aper({
  name: 'aper.bn',
  summary: 'running statistics taken anew on the first task, then class means of features before and after',
  anatomy: 'batch normalisation',
  options: {
    ...training,
    weightDecay: 5e-4,
    batch: 192,
    epochs: 10,
    batchNorm: 'training',
    schedule: 'cosine-annealing',
  },
  adapts: () => ({ trains: 'nothing' }),
})
