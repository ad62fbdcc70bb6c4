import { expect, test } from 'vitest'
import { checkRule, gradientsAt } from '../central-differences.ts'
import { ints } from './tables.ts'

test.each([
  { why: 'uneven', pads: [0, 0, 1, 2, 0, 0, 3, 0] },
  { why: 'none', pads: [0, 0, 0, 0, 0, 0, 0, 0] },
  { why: 'negative, a crop', pads: [0, 0, -1, 2, 0, 0, 1, -2] },
  { why: 'cropped by more than one side', pads: [0, 0, -1, -1, 0, 0, -1, 0] },
])('a border of a constant: $why', async ({ pads }) => {
  await checkRule({ op: 'Pad', inputs: { x: { dims: [1, 2, 3, 4] }, pads: ints(...pads) } })
})

test('a border on named axes, counted from the back', async () => {
  await checkRule({
    op: 'Pad',
    inputs: { x: { dims: [2, 3, 4] }, pads: ints(1, 0, 2, 1), value: null, axes: ints(-1, -2) },
  })
})

test('the number in the border learns from the border alone', async () => {
  await checkRule({ op: 'Pad', inputs: { x: { dims: [2, 3] }, pads: ints(1, 0, 0, 2), value: { dims: [] } } })
})

test.each([
  { mode: 'reflect', pads: [0, 2, 1, 0, 1, 3] },
  { mode: 'edge', pads: [0, 2, 1, 0, 1, 4] },
  { mode: 'wrap', pads: [0, 2, 1, 0, 1, 3] },
  { mode: 'edge', pads: [2, 0, 0, 2, 0, 0] },
])('a border copied from the picture by $mode gives back to where it was read', async ({ mode, pads }) => {
  await checkRule({
    op: 'Pad',
    attributes: { mode },
    inputs: { x: { dims: [1, 3, 4] }, pads: ints(...pads) },
  })
})

test('pads that are fed are refused by name', async () => {
  const pads = { dims: [2], type: 'int64', data: [1, 1] } as const
  await expect(gradientsAt({ op: 'Pad', inputs: { x: { dims: [3] }, pads } })).rejects.toThrow()
})
