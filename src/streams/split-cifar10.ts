import { classIncremental } from './class-incremental.ts'
import { defineStream } from './declaration.ts'

/**
 * CIFAR-10 cut into five tasks of two classes, in the order of the published labels.
 *
 * Images  [n, 3, 32, 32] uint8, RGB, channels first.
 * Labels  0 … 9 after the run's class order, so task k owns 2k and 2k + 1.
 * Split   5,000 training and 1,000 test images a class, as published.
 * @source Buzzega et al., "Dark Experience for General Continual Learning", NeurIPS 2020, section 4. arXiv:2004.07211
 */
export const splitCifar10 = defineStream({
  name: 'split-cifar10',
  title: 'Split CIFAR-10',
  summary: '10 classes of photographs in tasks of disjoint classes; 5 tasks of 2 in natural order',
  source: 'Buzzega et al., “Dark Experience for General Continual Learning”, NeurIPS 2020. arXiv:2004.07211',
  dataset: 'cifar-10',
  holds: { classes: 10, train: 5000, test: 1000 },
  order: 'natural',
  events: classIncremental({ tasks: 'B0-Inc2' }),
})
