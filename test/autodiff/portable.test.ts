import { expect, test } from 'vitest'
import { bytesOf, type Parts, portable, type Ref } from '../../src/autodiff/index.ts'
import { openSession } from '../../src/runtime/index.ts'
import { sizeOf, Tensor } from '../../src/tensor/index.ts'
import { wave } from '../learner/numbers.ts'

const ref = (name: string, dims: readonly number[]) => ({ name, type: 'float32' as const, dims })
const table = (...refs: { name: string; type: 'float32'; dims: readonly number[] }[]) =>
  new Map(refs.map((one) => [one.name, one]))

async function run(parts: Parts, feeds: Record<string, Tensor>) {
  const session = await openSession(bytesOf(parts), { threads: 1, label: 'a small graph' })
  try {
    return await session.run(feeds)
  } finally {
    await session.release()
  }
}

test('a turned and scaled product is the same in operators that every provider has', async () => {
  const [a, b, y] = [ref('a', [2, 3, 4]), ref('b', [2, 5, 3]), ref('y', [2, 4, 5])]
  const parts: Parts = {
    inputs: [a, b],
    outputs: ['y'],
    nodes: [
      {
        op: 'FusedMatMul',
        domain: 'com.microsoft',
        inputs: ['a', 'b'],
        outputs: ['y'],
        attributes: { transA: 1, transB: 1, alpha: 0.5 },
      },
    ],
    constants: new Map(),
    shapes: table(y),
  }
  const plain = portable(parts)
  expect(plain.onCpu).toEqual([])
  expect(plain.parts.nodes.map(({ op }) => op)).toEqual(['Transpose', 'Transpose', 'MatMul', 'Mul'])
  const feeds = {
    a: new Tensor('float32', wave(sizeOf(a.dims), 1, 1), a.dims),
    b: new Tensor('float32', wave(sizeOf(b.dims), 9, 1), b.dims),
  }
  const [fused, written] = [await run(parts, feeds), await run(plain.parts, feeds)]
  expect(written.y.dims).toEqual(y.dims)
  const close = [...(fused.y.data as Float32Array)].map((value) => expect.closeTo(value, 5))
  expect([...(written.y.data as Float32Array)]).toEqual(close)
})

test('a pool that tells where its maxima were is named for the CPU, and a plain one is not', async () => {
  const x = ref('x', [1, 1, 4, 4])
  const pool = { op: 'MaxPool', attributes: { kernel_shape: [2, 2], strides: [2, 2] } }
  const parts: Parts = {
    inputs: [x],
    outputs: ['winners', 'smaller'],
    nodes: [
      { ...pool, inputs: ['x'], outputs: ['y', 'winners'] },
      { ...pool, name: 'last', inputs: ['y'], outputs: ['smaller'] },
    ],
    constants: new Map(),
    shapes: new Map<string, Ref>([
      ...table(ref('y', [1, 1, 2, 2]), ref('smaller', [1, 1, 1, 1])),
      ['winners', { name: 'winners', type: 'int64' as const, dims: [1, 1, 2, 2] }],
    ]),
  }
  const plain = portable(parts)
  const [named, last] = plain.parts.nodes
  expect(plain.onCpu).toEqual([named.name])
  expect(last.name).toBe('last')
  const { winners } = await run(plain.parts, { x: new Tensor('float32', wave(16, 3, 1), [1, 1, 4, 4]) })
  expect(winners.dims).toEqual([1, 1, 2, 2])
})
