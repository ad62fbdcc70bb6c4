import { performance } from 'node:perf_hooks'
import { buildModel } from '../onnx/index.ts'
import { Tensor } from '../tensor/index.ts'
import { openSession } from './session.ts'

const n = 2048

/**
 * What this machine reaches in float32 matrix products, in GFLOP/s: the fastest of `rounds` products of two
 * 2048 × 2048 matrices on so many threads. The yardstick for how well a network uses the machine; about a second.
 */
export async function gemmPeak(threads: number, rounds = 5): Promise<number> {
  const matrix = { type: 'float32', shape: [n, n] } as const
  const model = buildModel({
    inputs: { a: matrix, b: matrix },
    outputs: { y: matrix },
    nodes: [{ op: 'MatMul', inputs: ['a', 'b'], outputs: ['y'] }],
  })
  const session = await openSession(model, { threads, label: `a product of ${n} × ${n} matrices` })
  try {
    const filled = () =>
      new Tensor(
        'float32',
        Float32Array.from({ length: n * n }, (_, i) => (i % 7) - 3),
        [n, n],
      )
    const feeds = { a: filled(), b: filled() }
    const into = { y: new Tensor('float32', new Float32Array(n * n), [n, n]) }
    await session.run(feeds, into) // the first run allocates
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < rounds; round++) {
      const start = performance.now()
      await session.run(feeds, into)
      best = Math.min(best, (performance.now() - start) / 1000)
    }
    return (2 * n ** 3) / best / 1e9
  } finally {
    await session.release()
  }
}
