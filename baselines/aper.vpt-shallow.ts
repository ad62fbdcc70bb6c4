import { training } from 'streambed'
import { aper } from './aper.finetune.ts'

/**
 * APER with VPT-shallow: a few learned tokens behind the sequence, once, which start at zero.
 *
 * @source Zhou et al., IJCV 2024. arXiv:2303.07338; Jia et al., "Visual Prompt Tuning", ECCV 2022. arXiv:2203.12119
 */
export const aperVptShallow = aper({
  name: 'aper.vpt-shallow',
  summary: 'prompts learned on the first task, then class means of features before and after',
  anatomy: 'transformer',
  options: {
    ...training,
    weightDecay: 5e-4,
    batch: 48,
    epochs: 20,
    tokens: 5,
    schedule: 'cosine-annealing',
  },
  adapts: ({ tokens }) => ({ modules: [{ kind: 'prompts', tokens, depth: 'shallow' }] }),
})
