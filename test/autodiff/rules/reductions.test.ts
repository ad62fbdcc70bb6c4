import { expect, test } from 'vitest'
import { checkRule, gradientsAt, type InputSpec } from '../central-differences.ts'

const axesOf = (...axes: number[]): InputSpec => ({
  constant: { type: 'int64', dims: [axes.length], data: axes },
})

const operators = [
  'ReduceSum',
  'ReduceMean',
  'ReduceMax',
  'ReduceMin',
  'ReduceL1',
  'ReduceL2',
  'ReduceSumSquare',
  'ReduceLogSumExp',
]

/** A third apart, in no order: no step changes which is largest. */
const spaced = (size: number) => Array.from({ length: size }, (_, i) => ((i * 5) % 24) / 3 - 4.1)

const cases: readonly {
  name: string
  dims: number[]
  axes: InputSpec | null
  attributes?: Record<string, number>
}[] = [
  { name: 'the last axis, counted from behind', dims: [2, 3, 4], axes: axesOf(-1) },
  { name: 'the first axis, dropped', dims: [4, 3], axes: axesOf(0), attributes: { keepdims: 0 } },
  { name: 'two axes apart, dropped', dims: [2, 3, 4], axes: axesOf(2, 0), attributes: { keepdims: 0 } },
  { name: 'all axes', dims: [2, 3, 2], axes: null },
  { name: 'all axes, to a number of rank 0', dims: [2, 3], axes: null, attributes: { keepdims: 0 } },
  { name: 'no axis at all', dims: [2, 3], axes: null, attributes: { noop_with_empty_axes: 1 } },
  { name: 'an axis of 1', dims: [1, 3], axes: axesOf(0) },
]

for (const op of operators)
  for (const { name, dims, axes, attributes } of cases) {
    test(`${op} over ${name}`, async () => {
      const size = dims.reduce((all, dim) => all * dim, 1)
      const inputs = { x: { dims, data: spaced(size) }, axes }
      await checkRule({ op, inputs, attributes, tolerance: op === 'ReduceL2' ? 3e-4 : 1e-4 })
    })
  }

test('equal largest and smallest values share their gradient, as in PyTorch', async () => {
  const x = { dims: [2, 3], data: [1, 3, 3, 2, 2, 2] }
  const over = (op: string) => gradientsAt({ op, inputs: { x, axes: axesOf(1) }, dY: [1, 3] })
  expect(await over('ReduceMax')).toEqual({ x: [0, 0.5, 0.5, 1, 1, 1] })
  expect(await over('ReduceMin')).toEqual({ x: [1, 0, 0, 1, 1, 1] })
})

test('the length of a vector of zeros has the gradient 0', async () => {
  const inputs = { x: { dims: [2, 2], data: [0, 0, 3, 4] }, axes: axesOf(1) }
  expect((await gradientsAt({ op: 'ReduceL2', inputs })).x).toEqual([
    0,
    0,
    expect.closeTo(0.6),
    expect.closeTo(0.8),
  ])
})

for (const op of ['Softmax', 'LogSoftmax'])
  test(`${op} along the last axis, another, and one long enough for dot products`, async () => {
    await checkRule({ op, inputs: { x: { dims: [2, 5] } } })
    await checkRule({ op, inputs: { x: { dims: [2, 3, 2] } }, attributes: { axis: 1 } })
    await checkRule({ op, inputs: { x: { dims: [3, 2] } }, attributes: { axis: -2 } })
    await checkRule({ op, inputs: { x: { dims: [1] } }, attributes: { axis: 0 } })
    await checkRule({ op, inputs: { x: { dims: [2, 210] } } })
  })
