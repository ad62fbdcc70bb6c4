import { resolve } from 'node:path'
import { StreambedError } from '../error.ts'
import type { DatasetDeclaration } from './dataset.ts'
import { openFolder } from './formats/image-folder.ts'

/**
 * Your own pictures: `train/<class>/…` and `test/<class>/…` (or `val/` where there is no test).
 *
 * Images  any size, JPEG, PNG, WebP, GIF, TIFF or AVIF, told by content and not by name; decoded to RGB uint8.
 * Labels  0 … K − 1 in the byte order of the class folders' names.
 */
export const imageFolder: DatasetDeclaration = {
  name: 'image-folder',
  title: 'Image folder',
  summary: 'your own pictures: train/ and test/, one folder a class',
  source: 'the folder you name',
  async open(options) {
    if (options.path === undefined) {
      throw new StreambedError('dataset-path-missing', {
        what: 'An image folder was asked for, but not which.',
        mend: 'Add `path:` with the folder that holds train/ and test/, absolute or under the data folder.',
      })
    }
    return openFolder(resolve(options.data, options.path), options)
  },
}
