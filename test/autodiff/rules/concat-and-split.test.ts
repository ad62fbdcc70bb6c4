import { test } from 'vitest'
import { checkRule } from '../central-differences.ts'
import { ints } from './tables.ts'

test.each([1, -2])('parts of several sizes joined along axis %i', async (axis) => {
  const inputs = { a: { dims: [2, 1, 3] }, b: { dims: [2, 4, 3] }, c: { dims: [2, 2, 3] } }
  await checkRule({ op: 'Concat', attributes: { axis }, inputs })
})

test('one part joined to nothing', async () => {
  await checkRule({ op: 'Concat', attributes: { axis: 0 }, inputs: { a: { dims: [3] } } })
})

test('a class token, which is a constant, in front of the patches', async () => {
  const token = { constant: { type: 'float32', dims: [1, 1, 2], data: [0.5, -1] } } as const
  await checkRule({ op: 'Concat', attributes: { axis: 1 }, inputs: { token, x: { dims: [1, 4, 2] } } })
})

test('a split into equal parts, the last one smaller', async () => {
  await checkRule({
    op: 'Split',
    attributes: { axis: -1, num_outputs: 3 },
    inputs: { x: { dims: [2, 7] } },
    outputs: ['a', 'b', 'c'],
  })
})

test('a split by sizes', async () => {
  await checkRule({
    op: 'Split',
    attributes: { axis: 1 },
    inputs: { x: { dims: [2, 6, 2] }, sizes: ints(1, 3, 2) },
    outputs: ['a', 'b', 'c'],
  })
})

test.each([['a'], ['b'], ['c'], ['a', 'c'], ['b', 'c']])(
  'parts that nobody reads give zeros back: only %s %s are read',
  async (...seeded) => {
    const outputs = ['a', 'b', 'c']
    await checkRule({
      op: 'Split',
      attributes: { axis: 1, num_outputs: 3 },
      inputs: { x: { dims: [2, 7] } },
      outputs,
      seeded,
    })
    await checkRule({
      op: 'Split',
      inputs: { x: { dims: [6] }, sizes: ints(2, 1, 3) },
      outputs,
      seeded,
    })
  },
)
