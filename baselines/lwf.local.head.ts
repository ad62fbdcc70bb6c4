import { headOf } from 'streambed'
import { lwfLocal } from './lwf.local.ts'

/**
 * Learning without forgetting in front of a frozen backbone: `lwf.local` with only a head to train.
 *
 * @source Li & Hoiem, "Learning without Forgetting", ECCV 2016. arXiv:1606.09282
 */
export const lwfLocalHead = headOf(lwfLocal, {
  summary: 'a linear head, distilled from itself before the task; cross-entropy over new classes',
  options: { learningRate: 0.03 },
})
