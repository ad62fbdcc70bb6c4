import { test } from 'vitest'
import { checkRule } from '../central-differences.ts'
import { table } from './tables.ts'

const end = 2n ** 63n - 1n
const start = -(2n ** 63n)

/** Constants in a row, int64 to its very ends. */
const longs = (values: readonly (number | bigint)[]) => ({
  constant: {
    type: 'int64' as const,
    dims: [values.length],
    data: BigInt64Array.from(values.map(BigInt)),
  },
})

test.each([
  { why: 'the middle of one axis', starts: [1], ends: [3], axes: [1] },
  { why: 'from the back, axis too', starts: [-2], ends: [-1], axes: [-1] },
  { why: 'to the end of int64', starts: [1], ends: [end], axes: [0] },
  { why: 'beyond the axis', starts: [-100], ends: [100], axes: [1] },
  { why: 'several axes at once', starts: [1, 0, 2], ends: [end, 2, 3], axes: [0, 1, -1] },
  { why: 'all axes, in order', starts: [0, 1, 0], ends: [3, 4, 2] },
  { why: 'every second', starts: [0], ends: [end], axes: [1], steps: [2] },
  { why: 'every second but the first', starts: [1], ends: [end], axes: [1], steps: [2] },
  { why: 'every second of two axes', starts: [2, 1], ends: [end, end], axes: [0, 1], steps: [3, 2] },
  { why: 'every second of five', starts: [0], ends: [end], axes: [2], steps: [2] },
  { why: 'every third from the second', starts: [1], ends: [end], axes: [-1], steps: [3] },
  { why: 'backwards', starts: [-1], ends: [start], axes: [1], steps: [-1] },
  { why: 'backwards by two', starts: [100], ends: [0], axes: [2], steps: [-2] },
  {
    why: 'steps of both kinds',
    starts: [0, 1, -1],
    ends: [end, end, -4],
    axes: [0, 1, 2],
    steps: [2, 1, -1],
  },
])('a slice: $why', async ({ starts, ends, axes, steps }) => {
  await checkRule({
    op: 'Slice',
    inputs: {
      x: { dims: [3, 4, 5] },
      starts: longs(starts),
      ends: longs(ends),
      ...((axes || steps) && { axes: longs(axes ?? [0, 1, 2]) }),
      ...(steps && { steps: longs(steps) }),
    },
  })
})

test('a slice that takes nothing has a gradient of zeros', async () => {
  await checkRule({
    op: 'Slice',
    inputs: { x: { dims: [3, 2] }, starts: table([1], [2]), ends: table([1], [2]), axes: table([1], [0]) },
  })
})

test('a slice of rank 1 and batch 1', async () => {
  const [starts, ends] = [table([1], [-1]), longs([end])]
  await checkRule({ op: 'Slice', inputs: { x: { dims: [1] }, starts, ends } })
})
