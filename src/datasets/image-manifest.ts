import { resolve } from 'node:path'
import { StreambedError } from '../error.ts'
import type { DatasetDeclaration } from './dataset.ts'
import { openManifest } from './formats/manifest.ts'

/**
 * Your own pictures, wherever they lie below one folder: a CSV file in it has a row a picture.
 *
 *   path,label,split
 *   photos/0412.jpg,heron,train
 *   photos/0413.jpg,heron,test
 *
 * Images  any size, JPEG, PNG, WebP, GIF, TIFF or AVIF, told by content and not by name; decoded to RGB uint8.
 * Labels  0 … K − 1 in the byte order of their names. The same pictures in an image folder are the same dataset.
 * Paths   relative to the folder of the CSV file, and never out of it.
 */
export const imageManifest: DatasetDeclaration = {
  name: 'image-manifest',
  title: 'Image manifest',
  summary: 'your own pictures, listed in a CSV file with the columns path, label and split',
  source: 'the CSV file you name',
  async open(options) {
    if (options.path === undefined) {
      throw new StreambedError('dataset-path-missing', {
        what: 'An image manifest was asked for, but not which.',
        mend: 'Add `path:` with the CSV file, absolute or under the data folder.',
      })
    }
    return openManifest(resolve(options.data, options.path), options)
  },
}
