import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import type { Split } from '../datasets/index.ts'
import { readJournal, type Segment } from './journal.ts'
import { batchesOf, bytesARow, dataFile, imagesOf, journalFile, type Layout, splits } from './layout.ts'

/** Which batches of each split are there: 1 for yes, one byte a batch. */
export type Coverage = Record<Split, Uint8Array>

/** A stretch of one split: rows `from` … `from + count − 1`. */
export interface Stretch {
  split: Split
  from: number
  count: number
}

/**
 * Reads every stretch the journal names and keeps those whose bytes have their checksum.
 * Costs one read of the data, about 1 s a gigabyte; other work of this thread goes on in between.
 */
export async function verifiedCoverage(
  folder: string,
  layout: Layout,
): Promise<{ coverage: Coverage; damaged: Stretch[]; written: number }> {
  const coverage = emptyCoverage(layout)
  const { segments } = readJournal(journalFile(folder))
  const bad: Stretch[] = []
  for (const split of splits) {
    const ours = segments.filter((segment) => segment.split === split)
    const file = openIfThere(dataFile(folder, split))
    try {
      for (const segment of ours) {
        if (isAligned(segment, layout) && file !== undefined && (await hasChecksum(file, segment, layout))) {
          mark(coverage, segment, layout)
        } else bad.push({ split, from: segment.from, count: segment.rows })
      }
    } finally {
      if (file !== undefined) closeSync(file)
    }
  }
  // A stretch that was damaged and rebuilt since has an old line that fails and a new one that holds.
  const damaged = bad.filter(({ split, from, count }) => {
    const first = Math.floor(from / layout.batch)
    return coverage[split].subarray(first, first + Math.ceil(count / layout.batch)).includes(0)
  })
  const written = segments.reduce((sum, segment) => sum + segment.rows, 0)
  return { coverage, damaged, written }
}

/** What the journal claims, unread: for estimates and listings. */
export function claimedImages(folder: string, layout: Layout): number {
  const coverage = emptyCoverage(layout)
  for (const segment of readJournal(journalFile(folder)).segments) {
    if (isAligned(segment, layout)) mark(coverage, segment, layout)
  }
  return coveredImages(coverage, layout)
}

export function coveredImages(coverage: Coverage, layout: Layout): number {
  return imagesOf(layout) - [...missingBatches(coverage, layout)].reduce((sum, { count }) => sum + count, 0)
}

/** The batches still to be computed, in order. */
export function* missingBatches(coverage: Coverage, layout: Layout): Generator<Stretch> {
  for (const split of splits) {
    for (let k = 0; k < coverage[split].length; k++) {
      if (coverage[split][k]) continue
      const from = k * layout.batch
      yield { split, from, count: Math.min(layout.batch, layout.images[split] - from) }
    }
  }
}

function emptyCoverage(layout: Layout): Coverage {
  return {
    train: new Uint8Array(batchesOf(layout, 'train')),
    test: new Uint8Array(batchesOf(layout, 'test')),
  }
}

function mark(coverage: Coverage, { split, from, rows }: Segment, { batch }: Layout): void {
  coverage[split].fill(1, from / batch, Math.ceil((from + rows) / batch))
}

function isAligned({ split, from, rows }: Segment, { batch, images }: Layout): boolean {
  const end = from + rows
  return from % batch === 0 && end <= images[split] && (end % batch === 0 || end === images[split])
}

const piece = new Uint8Array(1 << 20)

async function hasChecksum(file: number, { from, rows, sha256 }: Segment, layout: Layout): Promise<boolean> {
  await turn()
  const hash = createHash('sha256')
  let at = from * bytesARow(layout)
  const end = at + rows * bytesARow(layout)
  while (at < end) {
    const got = readSync(file, piece, 0, Math.min(piece.length, end - at), at)
    if (got === 0) return false // the file is shorter than its journal says
    hash.update(piece.subarray(0, got))
    at += got
  }
  return hash.digest('hex') === sha256
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
