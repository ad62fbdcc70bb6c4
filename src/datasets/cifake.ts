import { basename, dirname, join, resolve } from 'node:path'
import type { DatasetDeclaration, Split } from './dataset.ts'
import { listGrouped } from './formats/grouped-folder.ts'
import { openListed } from './formats/listed-pictures.ts'

/**
 * CIFAKE: pictures of CIFAR-10, and pictures of the same ten classes that a diffusion model made.
 *
 * Images   32×32 JPEG, RGB; as many real ones as fakes.
 * Labels   FAKE 0, REAL 1.
 * Domains  what is shown: airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck.
 * Files    `cifake/train/<object>/REAL|FAKE/…` in the data folder, and the same under `test/`. Their publisher gives no
 *          checksum, so nothing says that they are all.
 * @source Bird and Lotfi, "CIFAKE", IEEE Access 12, 2024. arXiv:2303.14126
 */
export const cifake: DatasetDeclaration = {
  name: 'cifake',
  title: 'CIFAKE',
  summary: 'real pictures of CIFAR-10’s ten classes and generated ones, 32×32',
  source: 'Bird and Lotfi, "CIFAKE", IEEE Access 12, 2024. arXiv:2303.14126',
  async open(options) {
    const listing = listGrouped(join(resolve(options.data), 'cifake'), ['FAKE', 'REAL'])
    const dataset = await openListed(listing, { name: 'cifake', title: 'CIFAKE' }, options)
    const { train, test } = dataset.splits
    // Rows are in canonical order, and so are the paths that they are read from.
    const paths = dataset.source.format === 'files' ? dataset.source.paths : { train: [], test: [] }
    const objectsOf = (split: Split) =>
      Uint8Array.from(paths[split], (path) => listing.groups.indexOf(basename(dirname(dirname(path)))))
    return {
      ...dataset,
      notes: [
        `Not verified: ${train.size.toLocaleString('en-US')} train and ${test.size.toLocaleString('en-US')} test images; no checksum is published.`,
        ...dataset.notes,
      ],
      domains: { names: listing.groups, of: { train: objectsOf('train'), test: objectsOf('test') } },
    }
  },
}
