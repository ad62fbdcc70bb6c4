import { createHash } from 'node:crypto'
import { closeSync, constants, fdatasyncSync, openSync, writeSync } from 'node:fs'
import type { Split } from '../datasets/index.ts'
import { StreambedError } from '../error.ts'
import type { Stretch } from './coverage.ts'
import { type Attempt, openJournal } from './journal.ts'
import { bytesARow, dataFile, journalFile, type Layout, splits } from './layout.ts'

/** A stretch is kept once it is this old: what a kill can lose, plus the batch being computed. */
const secondsAtRisk = 1.5
const bytesAtRisk = 4 << 20

export interface EntryWriter {
  /** Takes the embeddings of one batch, [count × dimension]; they are copied. Kept at the next whole stretch. */
  add(batch: Stretch, embeddings: Float32Array): void
  /** Keeps what was added so far: data first, then the line that vouches for it, each waited for. */
  keep(): void
  close(): void
}

/** @throws disk-full when nothing more fits; whatever was kept before stays good. */
export function openWriter(folder: string, layout: Layout, attempt: Attempt): EntryWriter {
  const files = {} as Record<Split, number>
  for (const split of splits) {
    files[split] = openSync(dataFile(folder, split), constants.O_RDWR | constants.O_CREAT)
  }
  const journal = saving(folder, () => {
    const journal = openJournal(journalFile(folder))
    journal.append({ attempt })
    return journal
  })
  // Room for a stretch, made once: a stretch is full when one more batch might not fit.
  const room = new Uint8Array(Math.max(bytesAtRisk, layout.batch * bytesARow(layout)))
  let stretch: Stretch | undefined
  let since = 0
  let filled = 0

  function keep(): void {
    if (!stretch) return
    const { split, from, count } = stretch
    const data = room.subarray(0, filled)
    stretch = undefined
    filled = 0
    saving(folder, () => {
      const start = from * bytesARow(layout)
      for (let at = 0; at < data.length; ) {
        at += writeSync(files[split], data, at, data.length - at, start + at)
      }
      fdatasyncSync(files[split])
      const sha256 = createHash('sha256').update(data).digest('hex')
      journal.append({ split, from, rows: count, sha256 })
    })
  }

  return {
    add(batch, embeddings) {
      if (stretch && (stretch.split !== batch.split || stretch.from + stretch.count !== batch.from)) keep()
      if (!stretch) {
        stretch = { ...batch, count: 0 }
        since = performance.now()
      }
      stretch.count += batch.count
      room.set(new Uint8Array(embeddings.buffer, embeddings.byteOffset, embeddings.byteLength), filled)
      filled += embeddings.byteLength
      const full = filled + layout.batch * bytesARow(layout) > room.length
      if (full || performance.now() - since >= secondsAtRisk * 1000) keep()
    },
    keep,
    close() {
      journal.close()
      for (const split of splits) closeSync(files[split])
    },
  }
}

/** Runs a write, turning what a full disk, a quota or a file size limit says into a mendable error. */
export function saving<T>(folder: string, write: () => T): T {
  try {
    return write()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOSPC' && code !== 'EDQUOT' && code !== 'EFBIG') throw error
    throw new StreambedError('disk-full', {
      what: `No more embeddings could be written (${code}). Those written so far are kept.`,
      where: folder,
      mend: 'Free some space (`streambed cache ls` shows what is there, `streambed cache prune` frees it), or name another folder by --cache. Running again goes on where it stopped.',
      cause: error,
      exit: 1,
    })
  }
}
