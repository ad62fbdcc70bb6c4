import { parentPort, workerData } from 'node:worker_threads'
import { openReader } from '../datasets/index.ts'
import { StreambedError } from '../error.ts'
import type { DecodeAnswer, DecodeJob, DecodeOrder } from './decode-messages.ts'

/**
 * Reads and decodes pictures in a thread of its own while the main thread computes, which blocks its event
 * loop. Orders are answered in the order they came, one at a time, so a row's pixels depend on nothing else.
 */
const port = parentPort!
const { dataset, preprocessing, input } = workerData as DecodeJob

function answer(message: DecodeAnswer, owned: ArrayBuffer[] = []): void {
  port.postMessage(message, owned)
}

function failed(error: unknown): void {
  if (error instanceof StreambedError) answer({ kind: 'failed', known: error.toJSON() })
  else {
    const { message, stack } = error as Error
    answer({ kind: 'failed', known: undefined, message, stack })
  }
}

try {
  const reader = openReader(dataset, preprocessing, input)
  const pictureBytes = reader.shape.reduce((product, side) => product * side, 1)
  let last = Promise.resolve()
  port.on('message', (order: DecodeOrder) => {
    last = last.then(async () => {
      if (order.kind === 'finish') {
        reader.close()
        port.close()
        return
      }
      const { split, from, count, buffer } = order
      const rows = Array.from({ length: count }, (_, i) => from + i)
      try {
        await reader.read(split, rows, new Uint8Array(buffer, 0, count * pictureBytes))
      } catch (error) {
        return failed(error)
      }
      answer({ kind: 'filled', split, from, count, buffer }, [buffer])
    })
  })
  answer({ kind: 'ready', shape: reader.shape })
} catch (error) {
  failed(error)
}
