import { expect, test } from 'vitest'
import { checkRule, gradientsAt, type InputSpec } from '../central-differences.ts'

const constant = (data: readonly number[], dims: readonly number[] = []): InputSpec => ({
  constant: { type: 'float32', dims, data },
})

test.each([-1, 0, 0.5, 1, 2, 3, 4, -1.5])('x to the power %d', async (exponent) => {
  await checkRule({
    op: 'Pow',
    inputs: { x: { dims: [2, 5], range: [1, 2.2] }, exponent: constant([exponent]) },
  })
})

test('whole powers of negative numbers', async () => {
  for (const exponent of [2, 3, 4]) {
    await checkRule({ op: 'Pow', inputs: { x: { dims: [6] }, exponent: constant([exponent]) } })
  }
})

test('an exponent of whole numbers, or one a column, or a learned one', async () => {
  const x: InputSpec = { dims: [2, 3], range: [1, 2.2] }
  const whole: InputSpec = { constant: { type: 'int64', dims: [1], data: [2] } }
  await checkRule({ op: 'Pow', inputs: { x, exponent: whole } })
  await checkRule({ op: 'Pow', inputs: { x, exponent: constant([2, 3, 0], [3]) } })
  await checkRule({ op: 'Pow', inputs: { x, exponent: { dims: [3] } } })
  await checkRule({ op: 'Pow', inputs: { x: { ...x, dims: [3, 1] }, exponent: { dims: [2, 1, 4] } } })
})

test('a base of 0 has finite gradients', async () => {
  const x = { dims: [2], data: [0, 2] }
  expect(await gradientsAt({ op: 'Pow', inputs: { x, exponent: constant([0]) } })).toEqual({ x: [0, 0] })
  expect(await gradientsAt({ op: 'Pow', inputs: { x, exponent: constant([0, 4], [2]) } })).toEqual({
    x: [0, 32],
  })
  const learned = await gradientsAt({ op: 'Pow', inputs: { x, exponent: { dims: [2], data: [2, 0] } } })
  expect(learned).toEqual({ x: [0, 0], exponent: [0, expect.closeTo(Math.LN2)] })
})

test('an exponent of whole numbers that is fed is refused', async () => {
  const inputs = { x: { dims: [2] }, exponent: { dims: [], type: 'int64' as const, data: [2] } }
  await expect(gradientsAt({ op: 'Pow', inputs })).rejects.toMatchObject({ code: 'unsupported-gradient' })
})
