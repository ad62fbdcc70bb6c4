import { test } from 'vitest'
import { checkRule } from '../central-differences.ts'
import { ints, table } from './tables.ts'

test.each([
  { exclusive: 0, reverse: 0, axis: 1 },
  { exclusive: 1, reverse: 0, axis: -1 },
  { exclusive: 0, reverse: 1, axis: 0 },
  { exclusive: 1, reverse: 1, axis: -3 },
])('running sums along $axis, exclusive $exclusive, reverse $reverse', async ({ axis, ...attributes }) => {
  await checkRule({ op: 'CumSum', attributes, inputs: { x: { dims: [2, 3, 4] }, axis: table([], [axis]) } })
})

/** Numbers far enough apart that no step changes their order. */
const apart = [3, -2, 5, 0, 4, -5, 1, 2, -1, 6, -4, -3]

test.each([
  { axis: -1, largest: 1, sorted: 1, k: 2 },
  { axis: 0, largest: 0, sorted: 1, k: 1 },
  { axis: 1, largest: 1, sorted: 0, k: 4 },
])('the $k largest or smallest along $axis', async ({ k, ...attributes }) => {
  await checkRule({
    op: 'TopK',
    attributes,
    inputs: { x: { dims: [3, 4], data: apart }, k: ints(k) },
    outputs: ['y', 'indices'],
    seeded: ['y'],
  })
})

test.each([
  { upper: 1, k: 0 },
  { upper: 0, k: 1 },
  { upper: 1, k: -1 },
])('a triangle, upper $upper, from diagonal $k', async ({ upper, k }) => {
  await checkRule({
    op: 'Trilu',
    attributes: { upper },
    inputs: { x: { dims: [2, 3, 4] }, k: table([], [k]) },
  })
})

test('a triangle from the main diagonal, without saying so', async () => {
  await checkRule({ op: 'Trilu', inputs: { x: { dims: [3, 3] } } })
})
