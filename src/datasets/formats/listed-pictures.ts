import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { sha256 } from '../../identity/index.ts'
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

/** Which picture file shows what, before any of them is opened. */
export interface PictureListing {
  /** In the byte order of their names. */
  classes: readonly string[]
  /** By class and then by path, so that the same files listed in two ways are one listing. */
  files: Record<Split, readonly { path: string; label: number }[]>
  /** What is used for what, and what is not used. */
  notes: readonly string[]
}

interface PictureFacts {
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
 * A dataset of listed picture files. The first time every file is read, hashed and decoded once.
 *
 * Its identity is class names, contents and labels: not names of files, and not who listed them.
 *
 * @throws what `inspectPicture` refuses, with the path.
 */
export async function openListed(
  listing: PictureListing,
  names: Pick<Dataset, 'name' | 'title'>,
  options: OpenOptions,
): Promise<Dataset> {
  const paths = splits.flatMap((split) => listing.files[split].map((file) => file.path))
  const what = {
    kind: 'pictures',
    classes: listing.classes,
    train: listing.files.train.length,
    labels: sha256(Uint8Array.from(splits.flatMap((split) => listing.files[split].flatMap(labelBytes)))),
  }
  const { facts, columns } = await withIndex<PictureFacts>(options.cache, what, paths, () =>
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
    ...names,
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

const labelBytes = ({ label }: { label: number }): [number, number] => [label & 255, label >> 8]

function countNote(count: number, one: string, many: string, rest: string): string[] {
  if (count === 0) return []
  const joint = one === 'is' ? ' ' : '; '
  return [
    `${count.toLocaleString('en-US')} ${count === 1 ? `picture ${one}` : `pictures ${many}`}${joint}${rest}.`,
  ]
}

async function inspectAll(listing: PictureListing, { onProgress, signal }: OpenOptions) {
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
  const facts: PictureFacts = {
    image: sizes.size === 1 ? { width, height } : 'varied',
    roots: { train: splitRoot(inSplit.train), test: splitRoot(inSplit.test) },
    duplicates: duplicatesOf(inSplit),
    ...counted,
  }
  return { facts, columns }
}
