import { buildModel } from '../../src/onnx/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'

/**
 * A meter of the fastest float32 matrix product that the runtime makes here: 1,024³ with packed weights, where
 * nothing but multiplying is left to do. Each call gives the best operations a second of a few products.
 */
export async function openGemmMeter(
  threads: number,
): Promise<{ measure(): Promise<number>; close(): Promise<void> }> {
  const n = 1024
  const data = Float32Array.from({ length: n * n }, (_, i) => Math.sin(i))
  const model = buildModel({
    inputs: { a: { type: 'float32', shape: [n, n] } },
    outputs: { y: { type: 'float32', shape: [n, n] } },
    nodes: [{ op: 'MatMul', inputs: ['a', 'w'], outputs: ['y'] }],
    constants: { w: { type: 'float32', dims: [n, n], data } },
  })
  const session = await openSession(model, { threads, label: 'matrix product' })
  const a = new Tensor('float32', data, [n, n])
  return {
    async measure() {
      let best = Infinity
      for (let k = 0; k < 12; k++) {
        const start = performance.now()
        await session.run({ a })
        best = Math.min(best, performance.now() - start)
      }
      return (2 * n ** 3) / (best / 1000)
    },
    close: () => session.release(),
  }
}
