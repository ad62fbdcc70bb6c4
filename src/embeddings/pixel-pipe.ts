import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { StreambedError } from '../error.ts'
import { builtFile } from '../files/index.ts'
import type { Stretch } from './coverage.ts'
import type { DecodeAnswer, DecodeJob, DecodeOrder } from './decode-messages.ts'

/** One being computed, one waiting, one being filled. */
const buffersInTurn = 3

/** Pixels of one batch, planar RGB uint8 [count, 3, height, width]. Ours until it is given back. */
export interface PixelBatch extends Stretch {
  pixels: Uint8Array
}

export interface PixelPipe {
  /** [3, height, width] of every picture. */
  readonly shape: readonly number[]
  /** Seconds that `next` has waited for decoding so far. */
  readonly waited: number
  /** The next batch in order, `undefined` after the last. @throws what the reader throws, naming the picture. */
  next(): Promise<PixelBatch | undefined>
  /** Returns a batch's buffer, to be filled again. */
  giveBack(batch: PixelBatch): void
  close(): Promise<void>
}

/**
 * Starts a Worker that fills a few recycled buffers with the pictures of these batches, ahead of their use.
 * Memory is `buffersInTurn` batches whatever the number of batches.
 */
export async function openPixelPipe(
  job: DecodeJob,
  batches: Iterator<Stretch>,
  batchSize: number,
  signal?: AbortSignal,
): Promise<PixelPipe> {
  const worker = new Worker(builtFile(import.meta.url, './decode-worker.ts'), { workerData: job })
  const filled: PixelBatch[] = []
  let failure: unknown
  let wake = () => {}
  let shape: readonly number[] | undefined
  let closing = false

  function fail(error: unknown): void {
    failure ??= error
    wake()
  }
  const onAbort = () => fail(signal!.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  worker.on('error', fail)
  worker.on(
    'exit',
    (code) => closing || fail(new Error(`The decoding Worker ended by itself (code ${code}).`)),
  )
  worker.on('message', (answer: DecodeAnswer) => {
    if (answer.kind === 'failed') {
      if (answer.known) return fail(StreambedError.from(answer.known))
      return fail(Object.assign(new Error(answer.message), { stack: answer.stack }))
    }
    if (answer.kind === 'ready') shape = answer.shape
    else {
      const { split, from, count, buffer } = answer
      filled.push({ split, from, count, pixels: new Uint8Array(buffer, 0, count * pictureBytes()) })
    }
    wake()
  })

  async function until(ready: () => boolean): Promise<void> {
    while (!ready()) {
      if (failure !== undefined) throw failure
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const pictureBytes = () => shape!.reduce((product, side) => product * side, 1)

  let ordered = 0
  let taken = 0
  function order(buffer: ArrayBuffer): void {
    const { value, done } = batches.next()
    if (done) return
    ordered++
    const fill: DecodeOrder = { kind: 'fill', ...value, buffer }
    worker.postMessage(fill, [buffer])
  }

  async function close(): Promise<void> {
    if (closing) return
    closing = true
    signal?.removeEventListener('abort', onAbort)
    const ended = once(worker, 'exit')
    worker.postMessage({ kind: 'finish' } satisfies DecodeOrder)
    await Promise.race([ended, sleep(2000, undefined, { ref: false })])
    await worker.terminate()
  }

  try {
    if (signal?.aborted) throw signal.reason
    await until(() => shape !== undefined)
  } catch (error) {
    await close()
    throw error
  }
  for (let i = 0; i < buffersInTurn; i++) order(new ArrayBuffer(batchSize * pictureBytes()))

  let waited = 0
  return {
    shape: shape!,
    get waited() {
      return waited
    },
    async next() {
      if (failure !== undefined) throw failure
      if (taken === ordered) return undefined
      if (filled.length === 0) {
        const start = performance.now()
        await until(() => filled.length > 0)
        waited += (performance.now() - start) / 1000
      }
      taken++
      return filled.shift()
    },
    giveBack: ({ pixels }) => order(pixels.buffer as ArrayBuffer),
    close,
  }
}
