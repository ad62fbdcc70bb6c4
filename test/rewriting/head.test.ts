import { expect, test } from 'vitest'
import { grownHead, withHead, withValues } from '../../src/rewriting/index.ts'
import { shapesOf } from '../../src/runtime/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { small, smallVit } from '../fixtures/small-vits.ts'
import { table } from './reference.ts'
import { apart, outputOf, pictures, shaken, valuesOf } from './running.ts'

const pixels = pictures(3, small.image)
const model = smallVit('fused')
const options = { feature: 'embedding', width: small.width, classes: 4, random: chance(0) }

async function rows(): Promise<number[][]> {
  const embedding = await outputOf(model, { pixels })
  return [0, 1, 2].map((i) => [...embedding.subarray(i * small.width, (i + 1) * small.width)])
}

test('a linear head gives f·W + b beside the feature', async () => {
  const rewritten = withHead(model, { ...options, kind: 'linear' })
  expect(rewritten.model.graph.outputs.map(({ name }) => name)).toEqual(['embedding', 'scores'])
  expect(rewritten.trainable.map(({ name, dims }) => [name, dims])).toEqual([
    ['head.weight', [8, 4]],
    ['head.bias', [4]],
  ])
  const changed = shaken(rewritten)
  const [W, [b]] = [table(changed, 'head.weight'), table(changed, 'head.bias')]
  const expected = (await rows()).flatMap((f) =>
    b.map((bias, c) => bias + f.reduce((sum, value, i) => sum + value * W[i][c], 0)),
  )
  expect(apart(await outputOf(changed, { pixels }), expected)).toBeLessThan(1e-6)
})

test('a cosine head gives sigma times the cosine, sigma one at the start', async () => {
  const rewritten = withHead(model, { ...options, kind: 'cosine', output: 'logits' })
  const sigma = rewritten.trainable.find(({ name }) => name === 'head.scale')!
  expect([sigma.dims, sigma.init.data[0]]).toEqual([[], 1])
  const changed = shaken(rewritten)
  const W = table(changed, 'head.weight')
  const scale = valuesOf(changed, 'head.scale').data[0]
  const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
  const expected = (await rows()).flatMap((f) =>
    [0, 1, 2, 3].map((c) => {
      const w = W.map((row) => row[c])
      return (scale * f.reduce((sum, value, i) => sum + value * w[i], 0)) / norm(f) / norm(w)
    }),
  )
  expect(apart(await outputOf(changed, { pixels }), expected)).toBeLessThan(1e-6)
})

test('a class whose weights are all zero has cosine 0, not NaN', async () => {
  const { model: headed } = withHead(model, { ...options, kind: 'cosine', init: 'zeros' })
  expect([...(await outputOf(headed, { pixels }))]).toEqual(new Array(12).fill(0))
})

test.each(['linear', 'cosine'] as const)(
  'a %s head grows: old scores stay to the bit, new classes stand behind',
  async (kind) => {
    const first = withHead(model, { ...options, kind })
    const grown = grownHead(first.trainable, 2, chance('new classes'), 'truncated-normal')
    const wider = withValues(first.model, Object.fromEntries(grown.map(({ name, init }) => [name, init])))
    const before = await outputOf(first.model, { pixels }, 'plainly')
    const after = await outputOf(wider, { pixels }, 'plainly')
    expect(after).toHaveLength(3 * 6)
    for (let i = 0; i < 3; i++) {
      expect(after.subarray(i * 6, i * 6 + 4)).toEqual(before.subarray(i * 4, (i + 1) * 4))
      expect(after.subarray(i * 6 + 4, i * 6 + 6).every((value) => value !== 0)).toBe(true)
    }
    expect((await shapesOf(wider, { batch: 5 })).get('scores')?.dims).toEqual([5, 6])
    expect(first.trainable[0].dims).toEqual([8, 4]) // what it grew from is as it was
  },
)

test('a head on what is no output names the outputs there are', () => {
  expect(() => withHead(model, { ...options, feature: 'features', kind: 'linear' })).toThrow(
    expect.objectContaining({ code: 'head-without-feature', mend: 'Its outputs are embedding.' }),
  )
})

test('values for a weight that is not there are refused', () => {
  expect(() => withValues(model, { nothing: { type: 'float32', dims: [1], data: [0] } })).toThrow(
    expect.objectContaining({ code: 'no-such-weight', what: 'The network has no weight called "nothing".' }),
  )
})
