import { training } from 'streambed'
import { aper } from './aper.finetune.ts'

/**
 * APER with AdaptFormer: beside each MLP a bottleneck, h + MLP(LN(h)) + 0.1 · Up(ReLU(Down(h))), which starts as nothing.
 *
 * @source Zhou et al., IJCV 2024. arXiv:2303.07338; Chen et al., "AdaptFormer", NeurIPS 2022. arXiv:2205.13535
 */
export const aperAdapter = aper({
  name: 'aper.adapter',
  summary: 'adapters learned on the first task, then class means of features before and after',
  anatomy: 'transformer',
  options: {
    ...training,
    weightDecay: 5e-4,
    batch: 48,
    epochs: 20,
    bottleneck: 64,
    /** Share of a bottleneck's inputs that is left out at random while it learns. */
    dropout: 0.1,
    schedule: 'cosine-annealing',
  },
  adapts: ({ bottleneck, dropout }) => ({ modules: [{ kind: 'adapter', bottleneck, dropout }] }),
})
