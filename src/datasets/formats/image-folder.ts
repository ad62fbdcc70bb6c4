import { basename } from 'node:path'
import type { Dataset, OpenOptions } from '../dataset.ts'
import { listFolder } from './folder-listing.ts'
import { openListed } from './listed-pictures.ts'

/**
 * Opens a folder of pictures. The first time every file is read, hashed and decoded once.
 *
 * @throws data-missing, folder-layout, class-empty, class-not-in-both, and what `inspectPicture` refuses.
 */
export async function openFolder(folder: string, options: OpenOptions): Promise<Dataset> {
  return openListed(listFolder(folder), { name: 'image-folder', title: basename(folder) }, options)
}
