import { classIncremental } from './class-incremental.ts'
import { defineStream } from './declaration.ts'

/**
 * Your own pictures, listed in a CSV file, cut into tasks of disjoint classes.
 *
 * Images  of any size, decoded to RGB; a backbone's passport says how they are resized.
 * Labels  0 … classes − 1 after the run's class order; labels sorted by their bytes are the natural order.
 * Split   as the column `split` says: train or test. A class that is missing in either is refused.
 * The same pictures in an image folder are the same stream, with the same id.
 * @source Rebuffi et al., "iCaRL", CVPR 2017, section 4, of which this is the general form. arXiv:1611.07725
 */
export const splitImageManifest = defineStream({
  name: 'split-image-manifest',
  title: 'Split image manifest',
  summary: 'your own pictures, listed in a CSV file, in tasks of disjoint classes; give path',
  source: 'Rebuffi et al., “iCaRL”, CVPR 2017, section 4. arXiv:1611.07725',
  dataset: 'image-manifest',
  order: 'numpy:1993',
  takesPath: 'the CSV file that lists your pictures',
  events: classIncremental({ tasks: 'B0-Inc2' }),
})
