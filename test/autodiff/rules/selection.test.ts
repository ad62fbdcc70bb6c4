import { expect, test } from 'vitest'
import { checkRule, gradientsAt } from '../central-differences.ts'

test.each([
  [
    [2, 3],
    [2, 3],
    [2, 3],
  ],
  [[2, 1], [3], [2, 3]],
  [[3], [2, 3], []],
  [[], [2], [2]],
  [[2, 2, 2], [1], [2, 1, 1]],
])('Where of a condition [%j] and values [%j] and [%j]', async (c, a, b) => {
  const size = c.reduce((all, dim) => all * dim, 1)
  const truths = Array.from({ length: size }, (_, i) => (i % 3 === 0 ? 1 : 0))
  await checkRule({
    op: 'Where',
    inputs: { c: { type: 'bool', dims: c, data: truths }, a: { dims: a }, b: { dims: b } },
  })
})

test('Where keeps an infinite gradient from the side that was not taken', async () => {
  const rule = {
    op: 'Where',
    inputs: { c: { type: 'bool', dims: [2], data: [1, 0] }, a: { dims: [2] }, b: { dims: [2] } },
    dY: [1, Number.POSITIVE_INFINITY],
  } as const
  expect(await gradientsAt(rule)).toEqual({ a: [1, 0], b: [0, Number.POSITIVE_INFINITY] })
})

// Values of different terms are a half apart, so that no step changes which is taken.
const spaced = (length: number, from: number) =>
  Array.from({ length }, (_, i) => from + ((i * 7) % 5) + 0.01 * i)

for (const op of ['Max', 'Min']) {
  test(`${op} gives everything to the term that was taken`, async () => {
    await checkRule({ op, inputs: { a: { dims: [2, 3] } } })
    await checkRule({
      op,
      inputs: {
        a: { dims: [2, 5], data: spaced(10, 0) },
        b: { dims: [5], data: spaced(5, 0.5).toReversed() },
      },
    })
    await checkRule({ op, inputs: { a: { dims: [4], data: [-2, -1, 1, 2] }, zero: { dims: [], data: [0] } } })
    await checkRule({
      op,
      inputs: {
        a: { dims: [2, 5], data: spaced(10, 0) },
        b: { dims: [1], data: [2.6] },
        c: { dims: [2, 1], data: [1.4, 3.7] },
      },
    })
  })

  test(`${op} halves between two equal terms, as PyTorch does, and shares among more`, async () => {
    const equal = { dims: [2], data: [1, -3] }
    expect(await gradientsAt({ op, inputs: { a: equal, b: equal } })).toEqual({
      a: [0.5, 0.5],
      b: [0.5, 0.5],
    })
    const four = { a: equal, b: equal, c: equal, d: equal }
    expect((await gradientsAt({ op, inputs: four })).d).toEqual([0.25, 0.25])
  })
}

test('Sum and Mean of several tensors give each its share', async () => {
  for (const op of ['Sum', 'Mean']) {
    await checkRule({ op, inputs: { a: { dims: [2, 3] } } })
    await checkRule({ op, inputs: { a: { dims: [2, 3] }, b: { dims: [3] }, c: { dims: [] } } })
  }
})

test('a Dropout of inference passes everything; one that trains is refused', async () => {
  const ratio = { constant: { type: 'float32' as const, dims: [], data: [0.5] } }
  const training = (on: number) => ({ constant: { type: 'bool' as const, dims: [], data: [on] } })
  await checkRule({ op: 'Dropout', inputs: { x: { dims: [2, 3] }, ratio } })
  await checkRule({ op: 'Dropout', inputs: { x: { dims: [2, 3] }, ratio, training: training(0) } })
  const trained = { x: { dims: [2] }, ratio, training: training(1) }
  await expect(gradientsAt({ op: 'Dropout', inputs: trained })).rejects.toMatchObject({
    code: 'unsupported-gradient',
    what: expect.stringContaining('training_mode'),
  })
})
