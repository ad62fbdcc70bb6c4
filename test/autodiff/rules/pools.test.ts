import { describe, expect, test } from 'vitest'
import type { NodeSpec } from '../../../src/onnx/index.ts'
import { chance, sizeOf } from '../../../src/tensor/index.ts'
import { checkRule, gradientsAt } from '../central-differences.ts'

type Case = [string, { x: number[]; attributes: NodeSpec['attributes'] }]

const sliding: Case[] = [
  ['tiles', { x: [2, 3, 4, 6], attributes: { kernel_shape: [2, 3], strides: [2, 3] } }],
  [
    'overlapping, padded',
    { x: [1, 2, 5, 6], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } },
  ],
  ['unevenly padded', { x: [1, 2, 5, 4], attributes: { kernel_shape: [3, 2], pads: [0, 1, 2, 0] } }],
  [
    'automatic padding',
    { x: [1, 3, 5, 5], attributes: { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_UPPER' } },
  ],
  [
    'with pixels that nothing reads',
    { x: [1, 2, 7, 6], attributes: { kernel_shape: [2, 2], strides: [3, 4] } },
  ],
  ['dilated', { x: [1, 2, 6, 6], attributes: { kernel_shape: [2, 3], dilations: [3, 2] } }],
  ['one axis', { x: [2, 3, 8], attributes: { kernel_shape: [3], strides: [2], pads: [1, 0] } }],
  [
    'rounding up where that changes nothing',
    { x: [1, 2, 6, 6], attributes: { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 } },
  ],
]

describe('AveragePool', () => {
  const large: Case[] = [
    ['on a large map', { x: [1, 2, 16, 17], attributes: { kernel_shape: [3, 2], pads: [1, 0, 1, 1] } }],
    [
      'strided on a large map',
      { x: [1, 1, 33, 34], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } },
    ],
    ['tiles on a large map', { x: [1, 1, 18, 18], attributes: { kernel_shape: [2, 2], strides: [2, 2] } }],
  ]
  test.each([...sliding, ...large])('%s, with and without its padding', async (_, { x, attributes }) => {
    for (const count_include_pad of [0, 1]) {
      await checkRule({
        op: 'AveragePool',
        attributes: { ...attributes, count_include_pad },
        inputs: { x: { dims: x } },
      })
    }
  })

  test('1 and 2 share a gradient of 1, and with a pad that does not count 1 has its own', async () => {
    const x = { dims: [1, 1, 2], data: [1, 2] }
    const attributes = { kernel_shape: [2], pads: [1, 0] }
    expect(await gradientsAt({ op: 'AveragePool', attributes, inputs: { x } })).toEqual({ x: [1.5, 0.5] })
  })

  test('a window that hangs over the map is refused by name', async () => {
    const attributes = { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }
    const inputs = { x: { dims: [1, 1, 5, 5] } }
    await expect(gradientsAt({ op: 'AveragePool', attributes, inputs })).rejects.toMatchObject({
      code: 'unsupported-gradient',
      what: expect.stringContaining('ceil_mode'),
    })
  })
})

describe('MaxPool', () => {
  const more: Case[] = [
    ['rounding up', { x: [1, 2, 5, 6], attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 } }],
    [
      '3 × 3 of stride 2, as SqueezeNet has it',
      { x: [2, 2, 7, 7], attributes: { kernel_shape: [3, 3], strides: [2, 2] } },
    ],
  ]
  test.each([...sliding, ...more])('%s', async (_, { x, attributes }) => {
    const inputs = { x: { dims: x, data: farApart(sizeOf(x)) } }
    await checkRule({ op: 'MaxPool', attributes, inputs })
  })

  test('with its indices read as well', async () => {
    await checkRule({
      op: 'MaxPool',
      attributes: { kernel_shape: [2, 2] },
      inputs: { x: { dims: [2, 2, 4, 3], data: farApart(48) } },
      outputs: ['result', 'winners'],
      seeded: ['result'],
    })
  })

  test('a winner of two windows gets both gradients, and of equals the first wins', async () => {
    const inputs = { x: { dims: [1, 1, 5], data: [0, 7, 0, 3, 3] } }
    const attributes = { kernel_shape: [2] }
    expect(await gradientsAt({ op: 'MaxPool', attributes, inputs, dY: [1, 2, 4, 8] })).toEqual({
      x: [0, 3, 0, 12, 0],
    })
  })

  test('indices counted by columns are counted anew by rows', async () => {
    const inputs = { x: { dims: [1, 1, 2, 3], data: [0, 5, 1, 9, 2, 3] } }
    const attributes = { kernel_shape: [2, 2], storage_order: 1 }
    const outputs = ['result', 'winners']
    expect(await gradientsAt({ op: 'MaxPool', attributes, inputs, outputs, seeded: ['result'] })).toEqual({
      x: [0, 1, 0, 1, 0, 0],
    })
  })
})

describe('pools of a whole map', () => {
  const shapes = [
    [2, 3, 4, 5],
    [1, 2, 1, 1],
    [2, 3, 7],
    [1, 2, 2, 3, 2],
  ]
  test.each(shapes.map((dims) => [dims]))('GlobalAveragePool of %j', async (dims) => {
    await checkRule({ op: 'GlobalAveragePool', inputs: { x: { dims } } })
  })

  test.each(shapes.map((dims) => [dims]))('GlobalMaxPool of %j', async (dims) => {
    await checkRule({ op: 'GlobalMaxPool', inputs: { x: { dims, data: farApart(sizeOf(dims)) } } })
  })

  test('the first of equals wins a whole map', async () => {
    const inputs = { x: { dims: [1, 1, 2, 2], data: [1, 4, 4, 2] } }
    expect(await gradientsAt({ op: 'GlobalMaxPool', inputs })).toEqual({ x: [0, 1, 0, 0] })
  })
})

/** Values no two of which are within a difference's steps of each other, in a drawn order. */
function farApart(count: number): number[] {
  const { float } = chance('far apart', 0)
  const order = Array.from({ length: count }, (_, index) => ({ index, key: float() }))
  order.sort((a, b) => a.key - b.key)
  const values = Array<number>(count)
  for (const [rank, { index }] of order.entries()) values[index] = (rank - count / 2) * 0.25
  return values
}
