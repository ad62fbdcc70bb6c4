import { classIncremental } from './class-incremental.ts'
import { defineStream } from './declaration.ts'

/**
 * CIFAR-100 cut into tasks of ten classes; each class is met once; all seen tasks are evaluated after each, their
 * test images shuffled together.
 *
 * Images  [n, 3, 32, 32] uint8, RGB, channels first.
 * Labels  0 … 99 after the run's class order, so task k owns 10k … 10k + 9.
 * Split   500 training and 100 test images a class, as published.
 * @source Rebuffi et al., "iCaRL", CVPR 2017, section 4. arXiv:1611.07725
 */
export const splitCifar100 = defineStream({
  name: 'split-cifar100',
  title: 'Split CIFAR-100',
  summary: '100 classes of photographs in tasks of disjoint classes; B0-Inc10 unless told otherwise',
  source: 'Rebuffi et al., “iCaRL”, CVPR 2017, section 4. arXiv:1611.07725',
  dataset: 'cifar-100',
  holds: { classes: 100, train: 500, test: 100 },
  order: 'numpy:1993',
  events: classIncremental({ tasks: 'B0-Inc10' }),
})
