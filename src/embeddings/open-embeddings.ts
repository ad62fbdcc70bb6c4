import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from '../files/index.ts'
import { aboutOf, layoutOf, readAbout, touch, writeAbout } from './about.ts'
import { type EmbeddingQuestion, embeddingKey } from './address.ts'
import { claimedImages, coveredImages, verifiedCoverage } from './coverage.ts'
import { readEffort } from './effort.ts'
import type { ExtractionProgress } from './extract.ts'
import { fillEntry } from './fill-entry.ts'
import { bytesARow, cacheFolder, effortFile, imagesOf, type Layout, lockFile } from './layout.ts'
import { type EmbeddingCost, type EmbeddingStore, openStore } from './store.ts'
import { saving } from './writer.ts'

export interface OpenEmbeddings extends EmbeddingQuestion {
  /** The cache folder; entries go into `embeddings/` there. */
  cache: string
  /** Threads that compute; decoding has one of its own besides. */
  threads: number
  /** Called a few times a second while computing or waiting for another process. */
  onProgress?: (progress: ExtractionProgress) => void
  /** Stops within one batch. What was finished is kept. */
  signal?: AbortSignal
}

/**
 * The embeddings of every image of a dataset: from the cache, where each stretch is proved by its checksum, and
 * computed where there are none, or damaged ones. Two processes that ask for the same do it once: the second
 * waits, and takes over if the first dies.
 *
 * @throws disk-full, disk-too-small, embedding-not-finite; what the reader and the backbone's check throw; the
 * signal's reason.
 */
export async function openEmbeddings(ask: OpenEmbeddings): Promise<EmbeddingStore> {
  const key = embeddingKey(ask)
  const folder = join(cacheFolder(ask.cache), key)
  const layout = layoutOf(ask)
  const total = imagesOf(layout)

  const there = await verifiedCoverage(folder, layout)
  if (coveredImages(there.coverage, layout) === total) {
    describe(ask, folder)
    return openStore(folder, key, layout, costOf(folder, there.written, total))
  }
  const waiting = new AbortController()
  try {
    return await withLock(
      lockFile(folder),
      async () => {
        waiting.abort()
        mkdirSync(folder, { recursive: true })
        if (JSON.stringify(readAbout(folder)) !== JSON.stringify(aboutOf(ask)))
          writeAbout(folder, aboutOf(ask))
        // Again, now that nobody else writes: the holder we waited for may have done all of it.
        const { coverage, written } = await verifiedCoverage(folder, layout)
        const spent = await fillEntry(ask, folder, layout, coverage, written)
        const after = written + spent.images
        return openStore(folder, key, layout, costOf(folder, after, total, spent))
      },
      {
        signal: ask.signal,
        waiting: (holder) => tellWhileWaiting(ask, folder, layout, holder, waiting.signal),
      },
    )
  } finally {
    waiting.abort()
  }
}

/** Says what the entry is, if that was not said or was damaged, and that it is in use now. */
function describe(ask: OpenEmbeddings, folder: string): void {
  if (readAbout(folder) === undefined) {
    try {
      saving(folder, () => writeAbout(folder, aboutOf(ask)))
    } catch (error) {
      // A cache that may only be read is used all the same.
      if (
        (error as NodeJS.ErrnoException).code !== 'EROFS' &&
        (error as NodeJS.ErrnoException).code !== 'EACCES'
      )
        throw error
    }
  }
  touch(folder)
}

/** While another process computes, its journal shows how far it is. */
function tellWhileWaiting(
  ask: OpenEmbeddings,
  folder: string,
  layout: Layout,
  holder: string,
  until: AbortSignal,
): void {
  const total = imagesOf(layout)
  const start = { at: performance.now(), done: claimedImages(folder, layout) }
  const timer = setInterval(() => {
    const done = claimedImages(folder, layout)
    const imagesPerSecond = ((done - start.done) / (performance.now() - start.at)) * 1000
    ask.onProgress?.({ done, total, imagesPerSecond, waitShare: 0, waitingFor: holder })
  }, 1000)
  timer.unref()
  until.addEventListener('abort', () => clearInterval(timer), { once: true })
}

/** `written`: images that all lines of the journal ever vouched for. */
function costOf(
  folder: string,
  written: number,
  total: number,
  spent?: { images: number; seconds: number; waited: number },
): EmbeddingCost {
  const effort = readEffort(effortFile(folder))
  const repeated = Math.max(0, (effort?.begun ?? 0) - written)
  return {
    embedded: spent?.images ?? 0,
    fromCache: total - (spent?.images ?? 0),
    repeated,
    repeatedSeconds: effort && effort.begun > 0 ? (effort.seconds / effort.begun) * repeated : 0,
    seconds: spent?.seconds ?? 0,
    waitShare: spent && spent.seconds > 0 ? spent.waited / spent.seconds : undefined,
  }
}

/** What would have to be computed and stored, without computing or verifying anything: for estimates. */
export function embeddingsOutstanding(question: EmbeddingQuestion & { cache: string }): {
  key: string
  images: number
  total: number
  bytes: number
} {
  const key = embeddingKey(question)
  const layout = layoutOf(question)
  const total = imagesOf(layout)
  const images = total - claimedImages(join(cacheFolder(question.cache), key), layout)
  return { key, images, total, bytes: images * bytesARow(layout) }
}
