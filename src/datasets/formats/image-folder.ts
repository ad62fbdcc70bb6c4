import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import {
  canonicalOrder,
  type Duplicates,
  datasetId,
  duplicateNotes,
  duplicatesOf,
  hashBytes,
  inOrder,
  splitRoot,
} from '../canonical-order.ts'
import type { Dataset, OpenOptions, Split } from '../dataset.ts'
import { inspectPicture } from '../decode.ts'
import { inFlight } from '../in-flight.ts'
import { withIndex } from '../index-file.ts'
import { type FolderListing, listFolder } from './folder-listing.ts'

interface FolderFacts {
  image: Dataset['image']
  roots: Record<Split, string>
  duplicates: Duplicates
  /** Pictures of several frames, of which the first counts. */
  animated: number
  /** Pictures turned as their EXIF orientation says. */
  turned: number
}

const splits = ['train', 'test'] as const
const filesAtOnce = 4

/**
 * Opens a folder of pictures. The first time every file is read, hashed and decoded once.
 *
 * @throws data-missing, folder-layout, class-empty, class-not-in-both, and what `inspectPicture` refuses.
 */
export async function openFolder(folder: string, options: OpenOptions): Promise<Dataset> {
  const listing = listFolder(folder)
  const paths = splits.flatMap((split) => listing.files[split].map((file) => file.path))
  const what = { kind: 'image-folder', classes: listing.classes }
  const { facts, columns } = await withIndex<FolderFacts>(options.cache, what, paths, () =>
    inspectAll(listing, options),
  )
  const split = (name: Split) => ({
    size: columns[`${name}.labels`].length,
    labels: columns[`${name}.labels`] as Uint16Array,
    hashes: columns[`${name}.hashes`] as Uint8Array,
  })
  const ordered = (name: Split) =>
    Array.from(columns[`${name}.order`], (place) => listing.files[name][place].path)
  return {
    name: 'image-folder',
    title: basename(folder),
    classes: listing.classes,
    id: datasetId(listing.classes, facts.roots),
    status: 'unverified',
    image: facts.image,
    splits: { train: split('train'), test: split('test') },
    source: { format: 'files', paths: { train: ordered('train'), test: ordered('test') } },
    notes: [
      ...listing.notes,
      ...countNote(facts.animated, 'has several frames', 'have several frames', 'the first is used'),
      ...countNote(facts.turned, 'is', 'are', 'turned as its EXIF orientation says'),
      ...duplicateNotes(facts.duplicates),
    ],
  }
}

function countNote(count: number, one: string, many: string, rest: string): string[] {
  if (count === 0) return []
  const joint = one === 'is' ? ' ' : '; '
  return [
    `${count.toLocaleString('en-US')} ${count === 1 ? `picture ${one}` : `pictures ${many}`}${joint}${rest}.`,
  ]
}

async function inspectAll(listing: FolderListing, { onProgress, signal }: OpenOptions) {
  const columns: Record<string, Uint8Array | Uint16Array | Uint32Array> = {}
  const inSplit = {} as Dataset['splits']
  const total = listing.files.train.length + listing.files.test.length
  const counted = { animated: 0, turned: 0 }
  const sizes = new Set<string>()
  let done = 0
  for (const split of splits) {
    const files = listing.files[split]
    const hashes = new Uint8Array(files.length * hashBytes)
    await inFlight(files.length, filesAtOnce, async (i) => {
      signal?.throwIfAborted()
      const bytes = await readFile(files[i].path)
      const facts = await inspectPicture(bytes, files[i].path)
      hashes.set(createHash('sha256').update(bytes).digest().subarray(0, hashBytes), i * hashBytes)
      if (facts.frames > 1) counted.animated++
      if (facts.turned) counted.turned++
      if (sizes.size < 2) sizes.add(`${facts.width} ${facts.height}`)
      onProgress?.({ done: ++done, total })
    })
    const labels = Uint16Array.from(files, (file) => file.label)
    const order = canonicalOrder(hashes, labels)
    inSplit[split] = inOrder(hashes, labels, order)
    columns[`${split}.hashes`] = inSplit[split].hashes
    columns[`${split}.labels`] = inSplit[split].labels
    columns[`${split}.order`] = order
  }
  const [width, height] = [...sizes][0].split(' ').map(Number)
  const facts: FolderFacts = {
    image: sizes.size === 1 ? { width, height } : 'varied',
    roots: { train: splitRoot(inSplit.train), test: splitRoot(inSplit.test) },
    duplicates: duplicatesOf(inSplit),
    ...counted,
  }
  return { facts, columns }
}
