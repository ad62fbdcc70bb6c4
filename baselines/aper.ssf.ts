import { training } from 'streambed'
import { aper } from './aper.finetune.ts'

/**
 * APER with SSF: each feature behind a linear layer, a normalisation and the patch embedding is scaled and shifted.
 *
 * @source Zhou et al., IJCV 2024. arXiv:2303.07338; Lian et al., "Scaling & Shifting Your Features", NeurIPS 2022. arXiv:2210.08823
 */
export const aperSsf = aper({
  name: 'aper.ssf',
  summary: 'scales and shifts learned on the first task, then class means of features before and after',
  anatomy: 'transformer',
  options: {
    ...training,
    weightDecay: 5e-4,
    batch: 48,
    epochs: 20,
    schedule: 'cosine-annealing',
  },
  adapts: () => ({ modules: [{ kind: 'ssf' }] }),
})
