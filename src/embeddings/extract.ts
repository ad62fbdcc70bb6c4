import { setImmediate as turn } from 'node:timers/promises'
import { StreambedError } from '../error.ts'
import { type Session, Tensor } from '../runtime/index.ts'
import type { Stretch } from './coverage.ts'
import type { PixelPipe } from './pixel-pipe.ts'

/** How an extraction is going. */
export interface ExtractionProgress {
  /** Images whose embeddings are there, those of earlier attempts included. */
  done: number
  total: number
  /** Of this attempt, since its first image; 0 before one is finished. */
  imagesPerSecond: number
  /** Share of this attempt's time in which computing waited for decoding, 0 … 1. */
  waitShare: number
  /** Set while another process computes the same embeddings and we wait for it: who that is. */
  waitingFor?: string
}

export interface Extraction {
  session: Session
  pipe: PixelPipe
  dimension: number
  /** Called before a batch is computed. */
  begin?: (batch: Stretch) => void
  /** Takes the embeddings of one batch, [count × dimension]; valid during the call. */
  take: (batch: Stretch, embeddings: Float32Array, seconds: number) => void
  onProgress?: (now: { images: number; imagesPerSecond: number; waitShare: number }) => void
  signal?: AbortSignal
}

const progressMilliseconds = 200

/**
 * Passes every batch of the pipe through the session. Between two batches the event loop gets its turn, so
 * messages, timers and an interruption get through. Memory doesn't grow with the number of images.
 *
 * @returns images computed, seconds from the first picture asked for, and seconds of these spent waiting.
 * @throws embedding-not-finite; what the pipe throws; the signal's reason.
 */
export async function extract(
  work: Extraction,
): Promise<{ images: number; seconds: number; waited: number }> {
  const { session, pipe, dimension, signal } = work
  const start = performance.now()
  const waitedBefore = pipe.waited
  let images = 0
  let told = start
  const summary = () => {
    const seconds = (performance.now() - start) / 1000
    return { images, seconds, waited: pipe.waited - waitedBefore }
  }
  const tell = () => {
    const { seconds, waited } = summary()
    work.onProgress?.({
      images,
      imagesPerSecond: seconds > 0 ? images / seconds : 0,
      waitShare: seconds > 0 ? waited / seconds : 0,
    })
  }
  let last: Tensor | undefined
  /** The tensor that receives a batch: one serves all full batches, so that nothing piles up to be collected. */
  const room = (count: number): Tensor => {
    if (last?.dims[0] !== count)
      last = new Tensor('float32', new Float32Array(count * dimension), [count, dimension])
    return last
  }
  for (let batch = await pipe.next(); batch; batch = await pipe.next()) {
    work.begin?.(batch)
    const before = performance.now()
    const pixels = new Tensor('uint8', batch.pixels, [batch.count, ...pipe.shape])
    const embedding = room(batch.count)
    await session.run({ pixels }, { embedding })
    const embeddings = embedding.data as Float32Array
    checkFinite(batch, embeddings, dimension)
    work.take(batch, embeddings, (performance.now() - before) / 1000)
    pipe.giveBack(batch)
    images += batch.count
    if (performance.now() - told >= progressMilliseconds) {
      told = performance.now()
      tell()
    }
    await turn()
    signal?.throwIfAborted()
  }
  tell()
  return summary()
}

function checkFinite({ split, from }: Stretch, embeddings: Float32Array, dimension: number): void {
  const at = embeddings.findIndex((value) => !Number.isFinite(value))
  if (at < 0) return
  throw new StreambedError('embedding-not-finite', {
    what: `The backbone makes ${embeddings[at]} of an image: number ${at % dimension} of its embedding.`,
    where: `${split} image ${from + Math.floor(at / dimension) + 1}`,
    mend: 'Check the backbone: its weights, its embedding node, and the mean and std of its passport.',
    exit: 1,
  })
}
