import { describe, expect, test } from 'vitest'
import { blocked, bytesOf, channelBlock, type Parts } from '../../src/autodiff/index.ts'
import type { NodeSpec } from '../../src/onnx/index.ts'
import { openSession } from '../../src/runtime/index.ts'
import { chance, sizeOf, Tensor } from '../../src/tensor/index.ts'

type Shapes = { x: number[]; w: number[]; y: number[]; attributes: NodeSpec['attributes'] }

const block = await channelBlock()

const dense: [string, Shapes][] = [
  [
    'of the same size',
    { x: [3, 32, 7, 9], w: [48, 32, 3, 3], y: [3, 48, 7, 9], attributes: { pads: [1, 1, 1, 1] } },
  ],
  ['strided', { x: [2, 16, 9, 8], w: [32, 16, 3, 2], y: [2, 32, 4, 4], attributes: { strides: [2, 2] } }],
  [
    'unevenly padded',
    { x: [3, 16, 6, 6], w: [16, 16, 3, 3], y: [3, 16, 7, 5], attributes: { pads: [2, 0, 1, 1] } },
  ],
  ['dilated', { x: [2, 16, 9, 9], w: [16, 16, 3, 3], y: [2, 16, 5, 5], attributes: { dilations: [2, 2] } }],
]
const depthwise: [string, Shapes][] = [
  [
    'depthwise',
    { x: [2, 32, 6, 7], w: [32, 1, 3, 3], y: [2, 32, 6, 7], attributes: { group: 32, pads: [1, 1, 1, 1] } },
  ],
  [
    'depthwise, strided',
    {
      x: [2, 16, 9, 9],
      w: [16, 1, 5, 5],
      y: [2, 16, 5, 5],
      attributes: { group: 16, strides: [2, 2], pads: [2, 2, 2, 2] },
    },
  ],
]

describe.skipIf(block === undefined)('a convolution in the layout of blocks (this processor has one)', () => {
  for (const biased of [true, false]) {
    test.each([...dense, ...depthwise])(
      `makes what it made before: %s, bias ${biased}`,
      async (_, shapes) => {
        const plain = convolution(shapes, { biased })
        const laidOut = blocked(plain, block!)
        expect(laidOut.nodes.map(({ op, domain }) => `${domain ?? ''}:${op}`)).toContain(
          'com.microsoft.nchwc:Conv',
        )
        const [before, after] = [await result(plain, 1), await result(laidOut, 1)]
        const largest = Math.max(...before.map(Math.abs))
        expect(Math.max(...before.map((value, i) => Math.abs(value - after[i])))).toBeLessThan(2e-6 * largest)
        expect(await result(laidOut, 2)).toEqual(after)
      },
    )
  }
})

test('blocks of 16 or 8 channels, or none', () => {
  expect([16, 8, undefined]).toContain(block)
})

const [, usual] = dense[0]
test.each<[string, Shapes]>([
  ['channels that make no whole blocks', { ...usual, x: [3, 24, 7, 9], w: [48, 24, 3, 3] }],
  ['one place', { x: [3, 32, 7, 9], w: [48, 32, 1, 1], y: [3, 48, 7, 9], attributes: {} }],
  [
    'groups',
    { x: [3, 64, 7, 9], w: [64, 32, 3, 3], y: [3, 64, 7, 9], attributes: { group: 2, pads: [1, 1, 1, 1] } },
  ],
  ['automatic padding', { ...usual, attributes: { auto_pad: 'SAME_UPPER' } }],
  ['a map small beside its weights', { ...usual, x: [1, 32, 3, 3], y: [1, 48, 3, 3] }],
  ['one axis', { x: [3, 32, 90], w: [48, 32, 3], y: [3, 48, 88], attributes: {} }],
])('a convolution of %s stays as it is', (_, shapes) => {
  const plain = convolution(shapes, { biased: true })
  expect(blocked(plain, 16)).toBe(plain)
})

test('so does one of constant weights: the runtime lays those out beforehand', () => {
  const plain = convolution(usual, { biased: true, constant: true })
  expect(blocked(plain, 16)).toBe(plain)
})

function convolution({ x, w, y, attributes }: Shapes, { biased = false, constant = false }): Parts {
  const ref = (name: string, dims: number[]) => ({ name, type: 'float32' as const, dims })
  const weights = ref('w', w)
  const refs = [ref('x', x), weights, ...(biased ? [ref('b', [w[0]])] : [])]
  return {
    inputs: refs.filter(({ name }) => !constant || name !== 'w'),
    outputs: ['y'],
    nodes: [{ op: 'Conv', inputs: refs.map(({ name }) => name), outputs: ['y'], attributes }],
    constants: new Map(constant ? [['w', { ...weights, data: new Float32Array(sizeOf(w)) }]] : []),
    shapes: new Map([...refs, ref('y', y)].map((each) => [each.name, each])),
  }
}

async function result(parts: Parts, threads: number): Promise<number[]> {
  const session = await openSession(bytesOf(parts), { threads, label: 'a convolution' })
  const { normal } = chance('values', 0)
  const feeds = parts.inputs.map(({ name, dims }) => [
    name,
    new Tensor('float32', Float32Array.from({ length: sizeOf(dims) }, normal), dims),
  ])
  const { y } = await session.run(Object.fromEntries(feeds))
  await session.release()
  return Array.from(y.data as Float32Array)
}
