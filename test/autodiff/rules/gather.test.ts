import { test } from 'vitest'
import { checkRule } from '../central-differences.ts'
import { table } from './tables.ts'

test.each([
  { why: 'one of qkv, the axis dropped', dims: [3, 2, 4], axis: 0, indices: table([], [1]) },
  { why: 'the last, counted from the back', dims: [3, 2, 4], axis: 0, indices: table([], [-1]) },
  { why: 'a class token', dims: [2, 5, 3], axis: 1, indices: table([], [0]) },
  { why: 'one of an axis of one', dims: [2, 1], axis: -1, indices: table([1], [0]) },
  { why: 'neighbours', dims: [2, 5, 3], axis: 1, indices: table([3], [1, 2, 3]) },
  { why: 'a permutation', dims: [2, 4], axis: 1, indices: table([4], [2, 0, 3, 1]) },
  { why: 'some, in another order', dims: [2, 5, 2], axis: -2, indices: table([3], [4, -5, 2]) },
  { why: 'distinct ones of rank 2', dims: [2, 6], axis: 1, indices: table([2, 2], [5, 0, 3, 1]) },
  { why: 'repeated ones', dims: [4, 3], axis: 0, indices: table([2, 4], [0, 1, 2, 1, 1, 3, -1, 0]) },
  { why: 'repeated on the last axis', dims: [2, 3], axis: 1, indices: table([5], [0, 0, 2, 0, 2]) },
])('a gather by a table: $why', async ({ dims, axis, indices }) => {
  await checkRule({ op: 'Gather', attributes: { axis }, inputs: { x: { dims }, indices } })
})

test('a bias of relative positions, read by every pair of a window', async () => {
  const side = 3
  const pairs = Array.from({ length: side ** 4 }, (_, pair) => {
    const [a, b] = [Math.floor(pair / side ** 2), pair % side ** 2]
    const rows = Math.floor(a / side) - Math.floor(b / side) + side - 1
    return rows * (2 * side - 1) + (a % side) - (b % side) + side - 1
  })
  await checkRule({
    op: 'Gather',
    attributes: { axis: 0 },
    inputs: { x: { dims: [(2 * side - 1) ** 2, 2] }, indices: table([side ** 4], pairs) },
  })
})

test('a table too large for a matrix is scattered, with the same result', async () => {
  const indices = Array.from({ length: 3000 }, (_, i) => (i * i) % 200)
  await checkRule({
    op: 'Gather',
    inputs: { x: { dims: [200, 1] }, indices: table([3000], indices) },
    tolerance: 2e-4,
  })
})

test.each([
  { dims: [4, 3], axis: 0, shape: [2, 3], data: [0, 3, 3, -1, 1, 0] },
  { dims: [2, 4, 3], axis: 1, shape: [3], data: [2, 2, -4] },
  { dims: [2, 4], axis: -1, shape: [], data: [1] },
  { dims: [5], axis: 0, shape: [4], data: [4, 4, 4, -2] },
])('a gather of $dims along $axis by fed indices $data', async ({ dims, axis, shape, data }) => {
  const indices = { dims: shape, type: 'int64', data } as const
  await checkRule({ op: 'Gather', attributes: { axis }, inputs: { x: { dims }, indices } })
})

test.each([0, 1, -1])('single elements gathered along axis %i, some twice', async (axis) => {
  const data = [0, 1, -1, 1, 1, 0, 0, 0]
  const fed = { dims: [2, 2, 2], type: 'int64', data } as const
  await checkRule({
    op: 'GatherElements',
    attributes: { axis },
    inputs: { x: { dims: [2, 2, 3] }, indices: fed },
  })
  await checkRule({
    op: 'GatherElements',
    attributes: { axis },
    inputs: { x: { dims: [2, 2, 3] }, indices: table([2, 2, 2], data) },
  })
})

test.each([
  { dims: [3, 4], shape: [3, 2], data: [0, 1, 2, -1, 0, 1] },
  { dims: [3, 4, 2], shape: [2, 2, 1], data: [0, 2, -1, 2] },
  { dims: [3, 4, 2], shape: [2, 2], data: [0, 2, -1, 1] },
  { dims: [5], shape: [1], data: [3] },
])('$dims gathered at places $data, by a table and fed', async ({ dims, shape, data }) => {
  await checkRule({ op: 'GatherND', inputs: { x: { dims }, indices: table(shape, data) } })
  await checkRule({ op: 'GatherND', inputs: { x: { dims }, indices: { dims: shape, type: 'int64', data } } })
})

test.each([
  { dims: [2, 3, 4], shape: [2, 1], data: [2, -1], batch_dims: 1 },
  { dims: [2, 3, 2, 2], shape: [2, 3, 2], data: [0, 1, 2, -1, 0, 1, 1, 0, 1, 0, -3, 1], batch_dims: 1 },
  { dims: [2, 2, 3], shape: [2, 2, 1], data: [0, 2, -1, 1], batch_dims: 2 },
])('$dims gathered in step along $batch_dims axes, by a table and fed', async (given) => {
  const { dims, shape, data, batch_dims } = given
  for (const indices of [table(shape, data), { dims: shape, type: 'int64', data } as const]) {
    await checkRule({ op: 'GatherND', attributes: { batch_dims }, inputs: { x: { dims }, indices } })
  }
})
