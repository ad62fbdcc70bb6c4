import { test } from 'vitest'
import { checkRule } from '../central-differences.ts'
import { ints } from './tables.ts'

test.each([
  { dims: [2, 3, 4], to: [4, 6] },
  { dims: [1, 1], to: [] as number[] },
  { dims: [], to: [1, 1, 1] },
  { dims: [2, 3, 4], to: [0, -1] },
])('a reshape from $dims by $to gives the gradient its first shape back', async ({ dims, to }) => {
  await checkRule({ op: 'Reshape', inputs: { x: { dims }, shape: ints(...to) } })
})

test.each([0, 1, 2, -1])('a tensor flattened at axis %i', async (axis) => {
  await checkRule({ op: 'Flatten', attributes: { axis }, inputs: { x: { dims: [2, 3, 2] } } })
})

test('axes of size 1 are squeezed away, named from the back or not at all', async () => {
  await checkRule({ op: 'Squeeze', inputs: { x: { dims: [2, 1, 3, 1] }, axes: ints(-1, 1) } })
  await checkRule({ op: 'Squeeze', inputs: { x: { dims: [1, 1] } } })
})

test('axes of size 1 are added, to a number too', async () => {
  await checkRule({ op: 'Unsqueeze', inputs: { x: { dims: [2, 3] }, axes: ints(-1, 0) } })
  await checkRule({ op: 'Unsqueeze', inputs: { x: { dims: [] }, axes: ints(0) } })
})

test.each([
  { dims: [3, 1], to: [2, 3, 4] },
  { dims: [], to: [2, 2] },
  { dims: [1, 3], to: [1, 1] },
  { dims: [2, 1, 3], to: [2, 4, 1] },
])('$dims expanded to $to sums over the repetitions', async ({ dims, to }) => {
  await checkRule({ op: 'Expand', inputs: { x: { dims }, shape: ints(...to) } })
})

test.each([
  { dims: [2, 3], repeats: [1, 1] },
  { dims: [2, 3], repeats: [3, 1] },
  { dims: [2, 1, 3], repeats: [2, 4, 3] },
  { dims: [1], repeats: [5] },
])('$dims in $repeats tiles sums over the tiles', async ({ dims, repeats }) => {
  await checkRule({ op: 'Tile', inputs: { x: { dims }, repeats: ints(...repeats) } })
})
