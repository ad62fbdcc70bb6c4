import { defineStream } from './declaration.ts'
import { domainIncremental } from './domain-incremental.ts'

/**
 * Real or fake, one maker of fakes after another: CLOFAI's protocol with procedural makers.
 *
 * Images  [n, 3, 32, 32] uint8, RGB, channels first: 8,000 train and 2,000 test a task, half of them real.
 * Labels  fake 0, real 1, the same in every task. The order of a run permutes the makers.
 * Evaluated before the first task and after each are all five tasks, as in CLOFAI.
 * No picture is in two tasks, neither as it is nor as a fake.
 * @source Doherty et al., "CLOFAI: A Dataset of Real And Fake Image Classification Tasks for Continual Learning", 2025,
 * for the protocol. arXiv:2501.11140
 */
export const proceduralFakes = defineStream({
  name: 'procedural-fakes',
  title: 'Procedural fakes',
  summary: 'real or fake: pictures of CIFAR-10, a new maker of fakes each task; 5 tasks, as CLOFAI',
  source: 'Doherty et al., “CLOFAI”, 2025, for the protocol. arXiv:2501.11140',
  dataset: 'procedural-fakes',
  order: 'natural',
  notes: ['The order permutes the makers of fakes; the classes, fake and real, are the same in every task.'],
  events: domainIncremental({ evaluate: 'all' }),
})
