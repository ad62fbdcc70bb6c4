import type { NodeSpec } from '../onnx/index.ts'
import { openSession } from '../runtime/index.ts'
import { sizeOf, Tensor } from '../tensor/index.ts'
import { blocked } from './blocked.ts'
import { bytesOf, type Parts } from './bytes.ts'

let known: Promise<number | undefined> | undefined

/**
 * How many channels lie together in the CPU provider's own layout of maps: 16 with AVX-512, 8 with AVX2; `undefined`
 * where it has none. The runtime does not tell, so a small convolution is run in each way until one gives what the plain
 * one gives. Asked once a process.
 */
export function channelBlock(): Promise<number | undefined> {
  known ??= tried()
  return known
}

async function tried(): Promise<number | undefined> {
  const plain = convolution()
  const wanted = await resultOf(plain)
  for (const block of [16, 8]) {
    const found = await resultOf(blocked(plain, block)).catch(() => undefined) // no such operators here
    if (found?.every((value, i) => Math.abs(value - wanted[i]) < 1e-3)) return block
  }
  return undefined
}

/** 3 × 3, 32 to 32 channels: several blocks of either size. */
function convolution(): Parts {
  const ref = (name: string, dims: number[]) => ({ name, type: 'float32' as const, dims })
  const [x, w, y] = [ref('x', [1, 32, 6, 6]), ref('w', [32, 32, 3, 3]), ref('y', [1, 32, 4, 4])]
  const node: NodeSpec = { op: 'Conv', inputs: ['x', 'w'], outputs: ['y'] }
  const attributes = { kernel_shape: [3, 3] }
  return {
    inputs: [x, w],
    outputs: ['y'],
    nodes: [{ ...node, attributes }],
    constants: new Map(),
    shapes: new Map([x, w, y].map((each) => [each.name, each])),
  }
}

async function resultOf(parts: Parts): Promise<Float32Array> {
  const session = await openSession(bytesOf(parts), { threads: 1, label: 'a convolution in blocks' })
  try {
    const feeds = parts.inputs.map(({ name, dims }) => {
      const values = Float32Array.from({ length: sizeOf(dims) }, (_, i) => ((i * 7919) % 101) / 101 - 0.5)
      return [name, new Tensor('float32', values, dims)]
    })
    const { y } = await session.run(Object.fromEntries(feeds))
    return y.data as Float32Array
  } finally {
    await session.release()
  }
}
