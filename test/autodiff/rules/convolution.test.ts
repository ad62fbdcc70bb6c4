import { describe, expect, test } from 'vitest'
import type { NodeSpec } from '../../../src/onnx/index.ts'
import { checkRule, gradientsAt } from '../central-differences.ts'

type Case = [string, { x: number[]; w: number[]; attributes?: NodeSpec['attributes']; bias?: false }]

const cases: Case[] = [
  ['1 × 1', { x: [2, 3, 4, 5], w: [5, 3, 1, 1] }],
  ['1 × 1 on maps of 64 pixels', { x: [2, 2, 8, 8], w: [3, 2, 1, 1] }],
  ['1 × 1 in groups', { x: [2, 4, 3, 3], w: [6, 2, 1, 1], attributes: { group: 2 } }],
  ['1 × 1 strided', { x: [2, 3, 5, 6], w: [4, 3, 1, 1], attributes: { strides: [2, 2] } }],
  ['1 × 1 strided past the end', { x: [1, 2, 6, 7], w: [2, 2, 1, 1], attributes: { strides: [3, 4] } }],
  ['1 × 1 padded', { x: [1, 2, 3, 3], w: [2, 2, 1, 1], attributes: { pads: [1, 0, 0, 1] } }],
  ['patches', { x: [2, 3, 6, 4], w: [5, 3, 3, 2], attributes: { strides: [3, 2] } }],
  [
    'patches, without a bias',
    { x: [1, 3, 4, 4], w: [5, 3, 2, 2], attributes: { strides: [2, 2] }, bias: false },
  ],
  ['one window that is the whole map', { x: [2, 3, 3, 4], w: [2, 3, 3, 4] }],
  ['3 × 3 on a small map', { x: [2, 3, 5, 5], w: [4, 3, 3, 3], attributes: { pads: [1, 1, 1, 1] } }],
  ['3 × 3 on a larger map', { x: [1, 2, 8, 7], w: [3, 2, 3, 3], attributes: { pads: [1, 1, 1, 1] } }],
  ['few channels on a large map', { x: [1, 2, 15, 14], w: [2, 2, 3, 3], attributes: { pads: [1, 1, 1, 1] } }],
  [
    'more channels on a large map',
    { x: [1, 5, 15, 14], w: [1, 5, 2, 2], attributes: { pads: [0, 1, 1, 0] } },
  ],
  ['unpadded', { x: [1, 3, 5, 8], w: [2, 3, 3, 2] }],
  ['unevenly padded', { x: [1, 2, 8, 8], w: [3, 2, 3, 2], attributes: { pads: [0, 1, 2, 0] } }],
  [
    'padded more than the kernel reaches',
    { x: [1, 2, 4, 4], w: [2, 2, 2, 2], attributes: { pads: [2, 2, 3, 2] } },
  ],
  ['padded so on a larger map', { x: [1, 2, 8, 8], w: [2, 2, 2, 2], attributes: { pads: [2, 2, 3, 2] } }],
  ['dilated', { x: [2, 2, 8, 8], w: [2, 2, 3, 3], attributes: { dilations: [2, 3], pads: [2, 3, 2, 3] } }],
  [
    'dilated on a small map',
    { x: [2, 2, 6, 6], w: [2, 2, 2, 3], attributes: { dilations: [2, 1], pads: [1, 1, 1, 1] } },
  ],
  ['strided', { x: [2, 3, 6, 7], w: [4, 3, 3, 3], attributes: { strides: [2, 2], pads: [1, 1, 1, 1] } }],
  [
    'strided with pixels that nothing reads',
    { x: [1, 2, 8, 8], w: [2, 2, 2, 3], attributes: { strides: [3, 4] } },
  ],
  [
    'strided on a larger map',
    { x: [1, 2, 13, 14], w: [3, 2, 3, 3], attributes: { strides: [2, 2], pads: [1, 1, 1, 1] } },
  ],
  [
    'strided on a large map',
    { x: [1, 5, 30, 31], w: [1, 5, 3, 3], attributes: { strides: [2, 2], pads: [1, 1, 1, 1] } },
  ],
  [
    'strided, dilated, unevenly padded',
    {
      x: [1, 2, 13, 13],
      w: [2, 2, 3, 2],
      attributes: { strides: [2, 3], dilations: [2, 1], pads: [1, 0, 0, 2] },
    },
  ],
  ['kernel smaller than its stride', { x: [1, 2, 7, 7], w: [2, 2, 2, 2], attributes: { strides: [3, 3] } }],
  ['in groups', { x: [2, 4, 5, 5], w: [6, 2, 3, 3], attributes: { group: 2, pads: [1, 1, 1, 1] } }],
  [
    'in groups, strided',
    { x: [2, 4, 6, 5], w: [2, 2, 3, 3], attributes: { group: 2, strides: [2, 2], pads: [0, 1, 1, 0] } },
  ],
  [
    'in groups that are patches',
    { x: [1, 4, 4, 4], w: [4, 2, 2, 2], attributes: { group: 2, strides: [2, 2] } },
  ],
  [
    'depthwise on a small map',
    { x: [2, 3, 4, 4], w: [3, 1, 3, 3], attributes: { group: 3, pads: [1, 1, 1, 1] } },
  ],
  [
    'depthwise on a middling map',
    { x: [1, 2, 8, 8], w: [2, 1, 3, 3], attributes: { group: 2, pads: [1, 1, 1, 1] } },
  ],
  [
    'depthwise, strided',
    { x: [1, 3, 9, 8], w: [3, 1, 3, 3], attributes: { group: 3, strides: [2, 2], pads: [0, 0, 1, 1] } },
  ],
  [
    'depthwise on a large map',
    { x: [1, 2, 13, 14], w: [2, 1, 3, 2], attributes: { group: 2, pads: [1, 1, 1, 0] } },
  ],
  [
    'depthwise, strided, on a large map',
    { x: [1, 2, 19, 18], w: [2, 1, 3, 3], attributes: { group: 2, strides: [1, 2], pads: [1, 1, 1, 1] } },
  ],
  [
    'depthwise, strided in both, dilated',
    {
      x: [1, 2, 26, 26],
      w: [2, 1, 3, 3],
      attributes: { group: 2, strides: [2, 2], dilations: [2, 1], pads: [2, 1, 1, 0] },
    },
  ],
  [
    'depthwise with two filters a channel',
    { x: [2, 3, 5, 5], w: [6, 1, 3, 3], attributes: { group: 3, pads: [1, 1, 1, 1] } },
  ],
  [
    'a batch of one with 17 channels',
    { x: [1, 17, 3, 3], w: [3, 17, 3, 3], attributes: { pads: [1, 1, 1, 1] } },
  ],
  [
    'automatic padding, more behind',
    { x: [1, 2, 6, 7], w: [2, 2, 3, 2], attributes: { auto_pad: 'SAME_UPPER', strides: [2, 1] } },
  ],
  [
    'automatic padding, more in front',
    { x: [1, 2, 6, 7], w: [2, 2, 2, 2], attributes: { auto_pad: 'SAME_LOWER' } },
  ],
  ['automatic padding of none', { x: [1, 2, 5, 5], w: [2, 2, 3, 3], attributes: { auto_pad: 'VALID' } }],
  ['one axis', { x: [2, 3, 9], w: [4, 3, 3], attributes: { pads: [1, 1] } }],
  [
    'one axis, strided and dilated',
    { x: [2, 3, 11], w: [2, 3, 3], attributes: { strides: [2], dilations: [2], pads: [0, 2] } },
  ],
  ['one axis, long', { x: [1, 5, 60], w: [1, 5, 3], attributes: { pads: [1, 1] } }],
  ['one axis, depthwise', { x: [2, 3, 8], w: [3, 1, 3], attributes: { group: 3, pads: [2, 0] } }],
  ['one axis, depthwise and long', { x: [1, 2, 160], w: [2, 1, 3], attributes: { group: 2, pads: [1, 1] } }],
  ['one axis, patches', { x: [1, 2, 8], w: [3, 2, 4], attributes: { strides: [4] } }],
  ['three axes', { x: [1, 2, 3, 4, 3], w: [2, 2, 2, 2, 2], attributes: { pads: [1, 0, 0, 0, 1, 0] } }],
]

describe('the gradients of Conv', () => {
  test.each(cases)('%s', async (_, { x, w, attributes, bias }) => {
    const inputs = { x: { dims: x }, w: { dims: w }, ...(bias === false ? {} : { b: { dims: [w[0]] } }) }
    await checkRule({ op: 'Conv', attributes: attributes ?? {}, inputs })
  })

  test('a window of 2 over 1, 2, 3 lays its kernel [10, 1] down twice', async () => {
    const inputs = { x: { dims: [1, 1, 3], data: [1, 2, 3] }, w: { dims: [1, 1, 2], data: [10, 1] } }
    // y = [10 · 1 + 2, 10 · 2 + 3]
    expect(await gradientsAt({ op: 'Conv', inputs })).toEqual({ x: [10, 11, 1], w: [3, 5] })
  })
})

const transposed: Case[] = [
  ['plain', { x: [2, 3, 4, 3], w: [3, 2, 3, 3] }],
  ['strided as an upsampling', { x: [1, 3, 3, 4], w: [3, 2, 2, 2], attributes: { strides: [2, 2] } }],
  [
    'strided and padded, with output padding',
    {
      x: [2, 3, 4, 3],
      w: [3, 2, 3, 3],
      attributes: { strides: [2, 2], pads: [1, 0, 1, 1], output_padding: [1, 0] },
    },
  ],
  ['dilated', { x: [1, 2, 4, 4], w: [2, 3, 2, 3], attributes: { dilations: [2, 1], pads: [1, 1, 0, 1] } }],
  [
    'in groups',
    { x: [1, 4, 3, 3], w: [4, 3, 3, 3], attributes: { group: 2, strides: [2, 2], pads: [1, 1, 1, 1] } },
  ],
  ['depthwise', { x: [2, 3, 3, 3], w: [3, 1, 3, 3], attributes: { group: 3, strides: [2, 2] } }],
  ['1 × 1', { x: [2, 3, 3, 3], w: [3, 2, 1, 1] }],
  ['one axis', { x: [1, 2, 5], w: [2, 3, 4], attributes: { strides: [3], pads: [1, 1] } }],
]

describe('the gradients of ConvTranspose', () => {
  test.each(transposed)('%s', async (_, { x, w, attributes = {} }) => {
    const outChannels = w[1] * Number(attributes.group ?? 1)
    const inputs = { x: { dims: x }, w: { dims: w }, b: { dims: [outChannels] } }
    await checkRule({ op: 'ConvTranspose', attributes, inputs })
  })

  test.each([
    ['output_shape', { output_shape: [7, 7], strides: [2, 2] }, 'output_shape is given'],
    ['auto_pad', { auto_pad: 'SAME_UPPER', strides: [2, 2] }, 'auto_pad is SAME_UPPER'],
  ])('%s is refused by name', async (_, attributes, what) => {
    const inputs = { x: { dims: [1, 2, 3, 3] }, w: { dims: [2, 2, 3, 3] } }
    await expect(gradientsAt({ op: 'ConvTranspose', attributes, inputs })).rejects.toMatchObject({
      code: 'unsupported-gradient',
      what: expect.stringContaining(what),
    })
  })
})
