import { classIncremental } from './class-incremental.ts'
import { defineStream } from './declaration.ts'

/**
 * Shapes-20, drawn on this machine, cut into five tasks of four shapes: the stream that needs no download.
 *
 * Images  [n, 3, 32, 32] uint8, RGB, channels first; every class in every look.
 * Labels  0 … 19 after the run's class order, so task k owns 4k … 4k + 3.
 * @source Rebuffi et al., "iCaRL", CVPR 2017, section 4, for the protocol. arXiv:1611.07725
 */
export const splitProcedural = defineStream({
  name: 'split-procedural',
  title: 'Split Shapes-20',
  summary: '20 drawn shapes in tasks of disjoint classes; 5 tasks of 4, no download',
  source: 'Rebuffi et al., “iCaRL”, CVPR 2017, section 4, for the protocol. arXiv:1611.07725',
  dataset: 'shapes-20',
  order: 'numpy:1993',
  events: classIncremental({ tasks: 5 }),
})
