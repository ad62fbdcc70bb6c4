import { expect, test } from 'vitest'
import { checkRule, gradientsAt } from '../central-differences.ts'
import { table } from './tables.ts'

test.each([
  { reduction: 'none', data: [0, 1, 2, -1, 0, 1], axis: 0 },
  { reduction: 'add', data: [0, 1, 0, -1, 0, 1], axis: 0 },
  { reduction: 'none', data: [0, 1, 2, -1, 0, 1], axis: -1 },
])('elements put by $reduction along $axis', async ({ reduction, data, axis }) => {
  const fed = { dims: [2, 3], type: 'int64', data } as const
  for (const indices of [fed, table([2, 3], data)]) {
    await checkRule({
      op: 'ScatterElements',
      attributes: { axis, reduction },
      inputs: { x: { dims: [4, 4] }, indices, updates: { dims: [2, 3] } },
    })
  }
})

test.each([
  { reduction: 'none', shape: [2, 1], data: [3, -4], updates: [2, 3] },
  { reduction: 'add', shape: [3, 1], data: [1, 1, 0], updates: [3, 3] },
  { reduction: 'none', shape: [2, 2], data: [0, 1, 2, -1], updates: [2] },
])('rows put by $reduction at $data', async ({ reduction, shape, data, updates }) => {
  await checkRule({
    op: 'ScatterND',
    attributes: { reduction },
    inputs: { x: { dims: [4, 3] }, indices: table(shape, data), updates: { dims: updates } },
  })
})

test('a scattered product is refused by the name of its node', async () => {
  const inputs = { x: { dims: [3] }, indices: table([1], [0]), updates: { dims: [1] } }
  const refused = gradientsAt({ op: 'ScatterElements', attributes: { reduction: 'mul' }, inputs })
  await expect(refused).rejects.toMatchObject({ code: 'unsupported-gradient' })
  await expect(refused).rejects.toThrow(/ScatterElements → .*reduction is mul/)
})
