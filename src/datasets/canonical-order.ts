import { contentId, merkleRoot } from '../identity/index.ts'
import type { DatasetSplit, Split } from './dataset.ts'

export const hashBytes = 16

/**
 * The order that does not depend on the disk: by the hash of the content, then by label.
 *
 * @param hashes [n × 16]
 * @param labels [n]
 * @returns [n] the file-order number of each canonical row.
 */
export function canonicalOrder(hashes: Uint8Array, labels: ArrayLike<number>): Uint32Array {
  const count = labels.length
  const bytes = Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength)
  const head = Float64Array.from({ length: count }, (_, i) => bytes.readUIntBE(i * hashBytes, 6))
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  return order.sort(
    (a, b) =>
      head[a] - head[b] ||
      bytes.compare(bytes, b * hashBytes, (b + 1) * hashBytes, a * hashBytes, (a + 1) * hashBytes) ||
      labels[a] - labels[b] ||
      a - b,
  )
}

/** Hashes and labels taken in an order. */
export function inOrder(hashes: Uint8Array, labels: ArrayLike<number>, order: Uint32Array): DatasetSplit {
  const sorted = new Uint8Array(hashes.length)
  order.forEach((from, to) => {
    sorted.set(hashes.subarray(from * hashBytes, (from + 1) * hashBytes), to * hashBytes)
  })
  return { size: order.length, labels: Uint16Array.from(order, (from) => labels[from]), hashes: sorted }
}

/** Merkle root over a split in canonical order: leaves of 16 hash bytes and the label, two bytes, low first. */
export function splitRoot({ size, labels, hashes }: DatasetSplit): string {
  const width = hashBytes + 2
  const leaves = new Uint8Array(size * width)
  for (let i = 0; i < size; i++) {
    leaves.set(hashes.subarray(i * hashBytes, (i + 1) * hashBytes), i * width)
    leaves[i * width + hashBytes] = labels[i] & 255
    leaves[i * width + hashBytes + 1] = labels[i] >> 8
  }
  return merkleRoot(leaves, width)
}

/** Identity of a dataset by content: class names and both splits' roots. */
export function datasetId(classes: readonly string[], roots: Record<Split, string>): string {
  return contentId({ kind: 'dataset', classes, train: roots.train, test: roots.test })
}

/** How many images repeat one that was already there, within each split, and how many test images stand in train. */
export interface Duplicates {
  train: number
  test: number
  between: number
}

/** Counts images of equal content, in splits that are in canonical order. */
export function duplicatesOf(splits: Record<Split, DatasetSplit>): Duplicates {
  const keys = (split: DatasetSplit) => {
    const bytes = Buffer.from(split.hashes.buffer, split.hashes.byteOffset, split.hashes.byteLength)
    return Array.from({ length: split.size }, (_, i) =>
      bytes.toString('latin1', i * hashBytes, (i + 1) * hashBytes),
    )
  }
  const train = keys(splits.train)
  const test = keys(splits.test)
  const trainSet = new Set(train)
  const testSet = new Set(test)
  let between = 0
  for (const key of testSet) if (trainSet.has(key)) between++
  return { train: train.length - trainSet.size, test: test.length - testSet.size, between }
}

/** Duplicates as sentences for a reader; none where there are none. */
export function duplicateNotes({ train, test, between }: Duplicates): string[] {
  const images = (n: number) => (n === 1 ? '1 image' : `${n.toLocaleString('en-US')} images`)
  const notes: string[] = []
  if (between > 0)
    notes.push(`${images(between)} ${between === 1 ? 'stands' : 'stand'} in both train and test.`)
  for (const [split, n] of [
    ['train', train],
    ['test', test],
  ] as const) {
    if (n > 0) notes.push(`${images(n)} of ${split} ${n === 1 ? 'repeats' : 'repeat'} another one exactly.`)
  }
  return notes
}
