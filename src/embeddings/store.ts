import { closeSync, openSync, readSync } from 'node:fs'
import type { Split } from '../datasets/index.ts'
import { bytesARow, dataFile, type Layout, splits } from './layout.ts'

/** What the embeddings of a store have cost this process, and were interrupted attempts repeated work. */
export interface EmbeddingCost {
  /** Images passed through the backbone by this process. */
  embedded: number
  /** Images found in the cache. */
  fromCache: number
  /** Images computed more than once over the life of the entry, because a kill lost them before they were kept. */
  repeated: number
  /** Seconds that those cost, estimated from the entry's mean. */
  repeatedSeconds: number
  /** Seconds of this process's extraction; 0 when all came from the cache. */
  seconds: number
  /** Share of them in which computing waited for decoding; `undefined` without an extraction. */
  waitShare: number | undefined
}

/** Embeddings of a whole dataset on disk. Reading costs about 1 µs a row and holds nothing in memory. */
export interface EmbeddingStore {
  /** Name of the cache entry. */
  readonly key: string
  readonly dimension: number
  /** Images of each split. */
  readonly images: Readonly<Record<Split, number>>
  readonly spent: EmbeddingCost
  /**
   * Copies rows into `into`, [rows.length × dimension], from its element `at` on (default 0).
   * @throws RangeError for a row that the split does not have, or when `into` is too short.
   */
  read(split: Split, rows: ArrayLike<number>, into: Float32Array, at?: number): void
  close(): void
}

export function openStore(folder: string, key: string, layout: Layout, spent: EmbeddingCost): EmbeddingStore {
  const { dimension, images } = layout
  const width = bytesARow(layout)
  const files = {} as Record<Split, number>
  for (const split of splits) files[split] = openSync(dataFile(folder, split), 'r')

  return {
    key,
    dimension,
    images,
    spent,
    read(split, rows, into, at = 0) {
      if (at + rows.length * dimension > into.length) {
        throw new RangeError(
          `${rows.length} rows of ${dimension} from element ${at} on do not fit ${into.length} elements`,
        )
      }
      const bytes = new Uint8Array(into.buffer, into.byteOffset + at * 4, rows.length * width)
      for (let i = 0; i < rows.length; ) {
        // Neighbours in the file that are neighbours in the answer come by one read.
        let run = 1
        while (i + run < rows.length && rows[i + run] === rows[i] + run) run++
        if (!(Number.isInteger(rows[i]) && rows[i] >= 0 && rows[i] + run <= images[split])) {
          throw new RangeError(
            `rows ${rows[i]} … ${rows[i] + run - 1} are not all in 0 … ${images[split] - 1}`,
          )
        }
        readWhole(files[split], bytes, i * width, run * width, rows[i] * width)
        i += run
      }
    },
    close() {
      for (const split of splits) closeSync(files[split])
    },
  }
}

function readWhole(file: number, into: Uint8Array, at: number, length: number, position: number): void {
  for (let done = 0; done < length; ) {
    const got = readSync(file, into, at + done, length - done, position + done)
    if (got === 0) throw new Error('The embeddings were cut short while they were being read.')
    done += got
  }
}
