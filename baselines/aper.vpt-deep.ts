import { training } from 'streambed'
import { aper } from './aper.finetune.ts'

/**
 * APER with VPT-deep: a few learned tokens behind the sequence, other ones for each block, which start at zero.
 *
 * @source Zhou et al., IJCV 2024. arXiv:2303.07338; Jia et al., "Visual Prompt Tuning", ECCV 2022. arXiv:2203.12119
 */
export const aperVptDeep = aper({
  name: 'aper.vpt-deep',
  summary: 'prompts of each block learned on the first task, then class means of features before and after',
  anatomy: 'transformer',
  options: {
    ...training,
    weightDecay: 5e-4,
    learningRate: 0.05,
    batch: 16,
    epochs: 5,
    tokens: 5,
    schedule: 'cosine-annealing',
  },
  adapts: ({ tokens }) => ({ modules: [{ kind: 'prompts', tokens, depth: 'deep' }] }),
})
