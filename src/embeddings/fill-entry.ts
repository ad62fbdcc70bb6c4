import { statfsSync } from 'node:fs'
import { inputModel } from '../backbones/index.ts'
import { StreambedError } from '../error.ts'
import { hostPrepares } from '../pictures/index.ts'
import { openSession } from '../runtime/index.ts'
import { thisAttempt } from './about.ts'
import { type Coverage, coveredImages, missingBatches } from './coverage.ts'
import { openEffort, readEffort } from './effort.ts'
import { extract } from './extract.ts'
import { bytesARow, effortFile, imagesOf, type Layout } from './layout.ts'
import type { OpenEmbeddings } from './open-embeddings.ts'
import { openPixelPipe } from './pixel-pipe.ts'
import { openWriter, saving } from './writer.ts'

/** Left free beside the embeddings: journals, records, and other people. */
const spareBytes = 16 << 20

/**
 * Computes the batches that are missing from an entry, keeping stretch after stretch. We hold the entry's lock;
 * should two ever hold it, both write the same bytes to the same places.
 */
export async function fillEntry(
  ask: OpenEmbeddings,
  folder: string,
  layout: Layout,
  coverage: Coverage,
  written: number,
): Promise<{ images: number; seconds: number; waited: number }> {
  const total = imagesOf(layout)
  const before = coveredImages(coverage, layout)
  if (before === total) return { images: 0, seconds: 0, waited: 0 }
  refuseSmallDisk(folder, (total - before) * bytesARow(layout))

  const { dataset, backbone, preprocessing, threads, device, signal } = ask
  const { image, source } = dataset
  const { height, width } = backbone.passport.input
  const closing: (() => unknown)[] = []
  try {
    const hostPrepared = hostPrepares(image, preprocessing)
    // Where pictures vary the host has brought them to the input's size.
    const size = image === 'varied' ? { width, height } : image
    const model = await inputModel(backbone, { preprocessing, image: size, hostPrepared })
    const session = await openSession(model, {
      threads,
      ...(device && { device }),
      label: `the backbone ${backbone.name}`,
    })
    closing.push(() => session.release())
    const job = { dataset: { image, source }, preprocessing, input: { height, width } }
    const pipe = await openPixelPipe(job, missingBatches(coverage, layout), layout.batch, signal)
    closing.push(() => pipe.close())
    const writer = openWriter(folder, layout, thisAttempt(threads))
    closing.push(() => writer.close())
    const effort = saving(folder, () =>
      openEffort(effortFile(folder), readEffort(effortFile(folder)) ?? { begun: written, seconds: 0 }),
    )
    closing.push(() => effort.close())
    try {
      return await extract({
        session,
        pipe,
        dimension: layout.dimension,
        signal,
        begin: ({ count }) => saving(folder, () => effort.begin(count)),
        take(batch, embeddings, seconds) {
          effort.spent(seconds)
          writer.add(batch, embeddings)
        },
        onProgress: ({ images, ...rest }) => ask.onProgress?.({ done: before + images, total, ...rest }),
      })
    } finally {
      writer.keep() // an interruption or a broken picture further on is no reason to lose what is finished
    }
  } finally {
    for (const close of closing.reverse()) await close()
  }
}

/** @throws disk-too-small before hours of computing, and not after them. */
function refuseSmallDisk(folder: string, needed: number): void {
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  if (free >= needed + spareBytes) return
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`
  throw new StreambedError('disk-too-small', {
    what: `The embeddings need ${megabytes(needed + spareBytes)} on the disk, of which ${megabytes(free)} are free.`,
    where: folder,
    mend: 'Free some space (`streambed cache ls` shows what is there, `streambed cache prune` frees it), or name another folder by --cache.',
    exit: 1,
  })
}
