import { expect, test } from 'vitest'
import { checkRule, gradientsAt, type InputSpec, nearKink } from '../central-differences.ts'

const number = (value: number): InputSpec => ({ constant: { type: 'float32', dims: [], data: [value] } })

test.each([
  ['both bounds', number(-1), number(1)],
  ['no upper bound', number(-1), null],
  ['no lower bound', null, number(1)],
  ['no bound', null, null],
  ['bounds that do not centre on 0', number(0), number(1)],
])('Clip passes what lies inside %s', async (_, low, high) => {
  await checkRule({
    op: 'Clip',
    inputs: { x: { dims: [3, 8], range: [-2, 2] }, low, high },
    avoid: nearKink(-1, 0, 1),
  })
})

async function passes(data: readonly number[], low: number, high: number) {
  const { x } = await gradientsAt({
    op: 'Clip',
    inputs: { x: { dims: [data.length], data }, low: number(low), high: number(high) },
  })
  return x
}

test('ReLU6 passes nothing at 0 and at 6, as in PyTorch, and everything one float inside', async () => {
  const below6 = 6 - 2 ** -21
  expect(await passes([-1, 0, 1e-20, below6, 6, 7], 0, 6)).toEqual([0, 0, 1, 1, 0, 0])
})

test('bounds too large for the steepest mask still bound', async () => {
  expect(await passes([0, 1e30, 3e30], -1e30, 2e30)).toEqual([1, 1, 0])
  expect(await passes([-5, 5], -3.4028234663852886e38, 3.4028234663852886e38)).toEqual([1, 1])
  expect(await passes([-5, 5], Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)).toEqual([1, 1])
})

test('a bound that is fed is refused, naming the node', async () => {
  const inputs = { x: { dims: [2] }, low: { dims: [] } }
  await expect(gradientsAt({ op: 'Clip', inputs })).rejects.toMatchObject({
    code: 'unsupported-gradient',
    what: expect.stringContaining('Clip → result'),
  })
})
