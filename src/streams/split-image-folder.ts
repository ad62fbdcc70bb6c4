import { classIncremental } from './class-incremental.ts'
import { defineStream } from './declaration.ts'

/**
 * Your own pictures, a folder a class, cut into tasks of disjoint classes.
 *
 * Images  of any size, decoded to RGB; a backbone's passport says how they are resized.
 * Labels  0 … classes − 1 after the run's class order; folder names sorted are the natural order.
 * Split   as the folders `train` and `test` say. A class that is empty in either is refused.
 * @source Rebuffi et al., "iCaRL", CVPR 2017, section 4, of which this is the general form. arXiv:1611.07725
 */
export const splitImageFolder = defineStream({
  name: 'split-image-folder',
  title: 'Split image folder',
  summary: 'your own pictures, one folder a class, in tasks of disjoint classes; give path',
  source: 'Rebuffi et al., “iCaRL”, CVPR 2017, section 4. arXiv:1611.07725',
  dataset: 'image-folder',
  order: 'numpy:1993',
  takesPath: 'the folder of your pictures',
  events: classIncremental({ tasks: 'B0-Inc2' }),
})
