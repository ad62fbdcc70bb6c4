import { join } from 'node:path'
import type { Split } from '../datasets/index.ts'

/**
 * One cache entry: a folder `<cache>/embeddings/<key>` beside its lock `<key>.lock`.
 *
 *   about.json              what it is, for people and `cache ls`; its time of change is the time of last use
 *   train.f32  test.f32     [images × dimension] float32, little-endian, row by row; holes where nothing is yet
 *   journal.jsonl           one line for each stretch of rows that is there, with the SHA-256 of its bytes
 *   effort.json             how many images were ever begun, so that lost work can be counted
 *
 * A row exists if a line of the journal covers it and the bytes have that line's checksum. Nothing else is
 * believed, so neither a kill at any byte, nor a full disk, nor a flipped bit can pass for an embedding.
 */
export interface Layout {
  /** Numbers in a row. */
  dimension: number
  images: Record<Split, number>
  /** Images a pass; stretches begin and end at whole batches. */
  batch: number
}

export const splits: readonly Split[] = ['train', 'test']

export function cacheFolder(cache: string): string {
  return join(cache, 'embeddings')
}

export const dataFile = (folder: string, split: Split): string => join(folder, `${split}.f32`)
export const journalFile = (folder: string): string => join(folder, 'journal.jsonl')
export const aboutFile = (folder: string): string => join(folder, 'about.json')
export const effortFile = (folder: string): string => join(folder, 'effort.json')
export const lockFile = (folder: string): string => `${folder}.lock`

export const bytesARow = (layout: Layout): number => layout.dimension * 4
export const batchesOf = (layout: Layout, split: Split): number =>
  Math.ceil(layout.images[split] / layout.batch)
export const imagesOf = (layout: Layout): number => layout.images.train + layout.images.test
