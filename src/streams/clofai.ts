import { defineStream } from './declaration.ts'
import { domainIncremental } from './domain-incremental.ts'

/**
 * CLOFAI: real or fake, one generator after another.
 *
 * Images  [n, 3, 32, 32] uint8, RGB, channels first: 8,000 train and 2,000 test a task, half of them real.
 * Labels  0 and 1 as published, the same in every task. The published order of generators is the natural one: VAE, VAE
 *         with energy-based model, GAN, flow, diffusion; another order permutes them.
 * Evaluated before the first task and after each are all five tasks.
 * @source Doherty et al., "CLOFAI: A Dataset of Real And Fake Image Classification Tasks for Continual Learning", 2025.
 * arXiv:2501.11140
 */
export const clofai = defineStream({
  name: 'clofai',
  title: 'CLOFAI',
  summary: 'real or fake: CIFAR-10 and five generators, a new generator each task; 5 tasks',
  source: 'Doherty et al., “CLOFAI”, 2025. arXiv:2501.11140',
  dataset: 'clofai',
  order: 'natural',
  holds: { classes: 2, train: 20_000, test: 5000 },
  notes: ['The order permutes the generators; the classes are the same in every task.'],
  events: domainIncremental({ evaluate: 'all' }),
})
