import { headOf } from 'streambed'
import { lwfGlobal } from './lwf.global.ts'

/**
 * Learning without forgetting in front of a frozen backbone: `lwf.global` with only a head to train.
 *
 * @source Li & Hoiem, "Learning without Forgetting", ECCV 2016. arXiv:1606.09282
 */
export const lwfGlobalHead = headOf(lwfGlobal, {
  summary: 'a linear head, distilled from itself before the task; cross-entropy over all classes',
  options: { learningRate: 0.03 },
})
