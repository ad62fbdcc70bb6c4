import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { StreambedError } from '../../error.ts'
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
import type { Dataset, ImageGroups, OpenOptions, Split } from '../dataset.ts'
import { withIndex } from '../index-file.ts'
import { pixelBytes } from './cifar-pictures.ts'

/**
 * A dataset in the binary layout of CIFAR: files of records without header or padding, each one or two label
 * bytes and 3,072 pixel bytes (1,024 red, 1,024 green, 1,024 blue; rows of 32).
 *
 * @source https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
 */
export interface CifarLayout {
  title: string
  /** Files of each split, in the order their records are counted. */
  files: Record<Split, readonly string[]>
  /** Label bytes before the pixels; the last one is the class. */
  labels: readonly { called: string; below: number }[]
  classes: readonly string[]
}

/** What one reading of all the bytes found. */
export interface CifarFacts {
  md5: Record<string, string>
  counts: Record<string, number>
  roots: Record<Split, string>
  duplicates: Duplicates
}

export interface ScannedCifar {
  facts: CifarFacts
  /** All but name, title and status, which the dataset's declaration knows. */
  dataset: Pick<Dataset, 'id' | 'classes' | 'image' | 'splits' | 'source'>
  /** The first of two label bytes, in canonical order; [] where there is one byte. */
  first: Record<Split, Uint8Array>
  notes: string[]
}

const splits = ['train', 'test'] as const

/**
 * Reads a folder of the layout, or its index in the cache.
 *
 * @throws data-damaged when a record is cut off or a label is out of range, naming file and record.
 */
export async function scanCifar(
  folder: string,
  layout: CifarLayout,
  { cache, onProgress, signal }: Pick<OpenOptions, 'cache' | 'onProgress' | 'signal'>,
): Promise<ScannedCifar> {
  const paths = splits.flatMap((split) => layout.files[split].map((file) => join(folder, file)))
  const what = { kind: 'cifar-binary', labels: layout.labels, files: layout.files }
  const { facts, columns } = await withIndex<CifarFacts>(cache, what, paths, async () => {
    const total = paths.reduce((sum, path) => sum + statSync(path).size, 0)
    let done = 0
    const tell = (bytes: number) => {
      signal?.throwIfAborted()
      done += bytes
      onProgress?.({ done, total })
    }
    return readAll(folder, layout, tell)
  })
  const read = (split: Split) => ({
    size: columns[`${split}.labels`].length,
    labels: columns[`${split}.labels`] as Uint16Array,
    hashes: columns[`${split}.hashes`] as Uint8Array,
  })
  const files = (split: Split) =>
    layout.files[split].map((file) => ({ path: join(folder, file), records: facts.counts[file] }))
  return {
    facts,
    dataset: {
      id: datasetId(layout.classes, facts.roots),
      classes: layout.classes,
      image: { width: 32, height: 32 },
      splits: { train: read('train'), test: read('test') },
      source: {
        format: 'cifar-binary',
        files: { train: files('train'), test: files('test') },
        labelBytes: layout.labels.length as 1 | 2,
        records: {
          train: columns['train.records'] as Uint32Array,
          test: columns['test.records'] as Uint32Array,
        },
      },
    },
    first: {
      train: columns['train.first'] as Uint8Array,
      test: columns['test.first'] as Uint8Array,
    },
    notes: duplicateNotes(facts.duplicates),
  }
}

/** The first label byte as a labelling of its own, under these names. */
export function groupsOf(scanned: ScannedCifar, names: readonly string[]): ImageGroups {
  return { names, of: scanned.first }
}

async function readAll(folder: string, layout: CifarLayout, tell: (bytes: number) => void) {
  const facts: Omit<CifarFacts, 'roots' | 'duplicates'> = { md5: {}, counts: {} }
  const columns: Record<string, Uint8Array | Uint16Array | Uint32Array> = {}
  const inSplit = {} as Dataset['splits']
  for (const split of splits) {
    const parts = []
    for (const file of layout.files[split]) {
      const part = await readRecords(join(folder, file), layout, tell)
      facts.md5[file] = part.md5
      facts.counts[file] = part.labels.length
      parts.push(part)
    }
    const hashes = Buffer.concat(parts.map((part) => part.hashes))
    const labels = Buffer.concat(parts.map((part) => part.labels))
    const first = Buffer.concat(parts.map((part) => part.first))
    const order = canonicalOrder(hashes, labels)
    inSplit[split] = inOrder(hashes, labels, order)
    columns[`${split}.hashes`] = inSplit[split].hashes
    columns[`${split}.labels`] = inSplit[split].labels
    columns[`${split}.records`] = order
    columns[`${split}.first`] =
      layout.labels.length === 2 ? Uint8Array.from(order, (record) => first[record]) : new Uint8Array()
  }
  const roots = { train: splitRoot(inSplit.train), test: splitRoot(inSplit.test) }
  return { facts: { ...facts, roots, duplicates: duplicatesOf(inSplit) }, columns }
}

interface Records {
  md5: string
  /** [n × 16] */
  hashes: Uint8Array
  /** [n] class */
  labels: Uint8Array
  /** [n] first label byte */
  first: Uint8Array
}

const recordsAtOnce = 512

/**
 * Reads and checks one file of records.
 *
 * @throws data-damaged naming the record, counted from 1.
 */
export async function readRecords(
  path: string,
  { labels: kinds, title }: Pick<CifarLayout, 'labels' | 'title'>,
  tell: (bytes: number) => void = () => {},
): Promise<Records> {
  const recordBytes = kinds.length + pixelBytes
  const { size } = statSync(path)
  const name = basename(path)
  const whole = Math.floor(size / recordBytes)
  if (size === 0) throw damaged(path, `${name} has no bytes.`, title)
  if (size % recordBytes !== 0) {
    const cut = `record ${count(whole + 1)} of ${name} is cut off after ${count(size % recordBytes)} of ${count(recordBytes)} bytes.`
    throw damaged(path, sentence(cut), title)
  }
  const hashes = new Uint8Array(whole * hashBytes)
  const labels = new Uint8Array(whole)
  const first = new Uint8Array(whole)
  const md5 = createHash('md5')
  const buffer = new Uint8Array(recordsAtOnce * recordBytes)
  const file = openSync(path, 'r')
  try {
    for (let record = 0; record < whole; ) {
      const now = Math.min(recordsAtOnce, whole - record)
      const bytes = buffer.subarray(0, now * recordBytes)
      for (let got = 0; got < bytes.length; ) {
        const more = readSync(file, bytes, got, bytes.length - got, record * recordBytes + got)
        if (more === 0) throw damaged(path, `${name} became shorter while it was read.`, title)
        got += more
      }
      md5.update(bytes)
      for (let i = 0; i < now; i++, record++) {
        const at = i * recordBytes
        kinds.forEach(({ called, below }, place) => {
          const seen = bytes[at + place]
          if (seen < below) return
          const what = `record ${count(record + 1)} of ${name} has the ${called} ${seen}; ${title} has 0 … ${below - 1}.`
          throw damaged(path, sentence(what), title)
        })
        const pixels = bytes.subarray(at + kinds.length, at + recordBytes)
        hashes.set(createHash('sha256').update(pixels).digest().subarray(0, hashBytes), record * hashBytes)
        labels[record] = bytes[at + kinds.length - 1]
        first[record] = bytes[at]
      }
      tell(bytes.length)
      await new Promise(setImmediate) // progress and Ctrl-C stay alive
    }
  } finally {
    closeSync(file)
  }
  return { md5: md5.digest('hex'), hashes, labels, first }
}

const count = (n: number): string => n.toLocaleString('en-US')
const sentence = (text: string): string => text[0].toUpperCase() + text.slice(1)

function damaged(path: string, what: string, title: string): StreambedError {
  return new StreambedError('data-damaged', {
    what,
    where: path,
    mend: `Fetch the ${title} archive again and unpack it anew.`,
  })
}
