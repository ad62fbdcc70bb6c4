import { lwf } from './lwf.local.ts'

/**
 * Learning without forgetting with its cross-entropy over all classes seen so far, as Mammoth does; otherwise
 * `lwf.local`.
 *
 * @source Li & Hoiem, "Learning without Forgetting", ECCV 2016. arXiv:1606.09282
 */
export const lwfGlobal = lwf({
  name: 'lwf.global',
  summary: 'the whole network, distilled from itself before the task; cross-entropy over all classes',
  isLocal: false,
})
