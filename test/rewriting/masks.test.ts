import { expect, test } from 'vitest'
import { dropoutPlaces, dropPathPlaces, findBlocks, withMasks } from '../../src/rewriting/index.ts'
import { Tensor } from '../../src/runtime/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { type Style, small, smallVit } from '../fixtures/small-vits.ts'
import { forward } from './reference.ts'
import { apart, outputOf, pictures } from './running.ts'

const styles: Style[] = ['fused', 'torch', 'interleaved']
const pixels = pictures(2, small.image)
const second = pixels.data.subarray(3 * small.image ** 2) as Float32Array

function feedsOf(masks: ReturnType<typeof withMasks>['masks'], value: () => number) {
  return Object.fromEntries(
    masks.map(({ name, dims }) => {
      const fixed = dims.map((dim) => (dim === 'batch' ? 2 : Number(dim)))
      const data = Float32Array.from({ length: fixed.reduce((a, b) => a * b, 1) }, value)
      return [name, new Tensor('float32', data, fixed)]
    }),
  )
}

test.each(styles)('stochastic depth leaves out whole branches, example by example (%s)', async (style) => {
  const model = smallVit(style)
  const rewritten = withMasks(model, dropPathPlaces(await findBlocks(model), 0.2))
  // the rate rises from 0 in the first block, which so has no mask, to 0.2 in the last
  expect(rewritten.masks.map(({ dims, rate }) => [dims, rate])).toEqual([
    [['batch', 1, 1], 0.2],
    [['batch', 1, 1], 0.2],
  ])
  const ones = feedsOf(rewritten.masks, () => 1)
  expect(await outputOf(rewritten.model, { pixels, ...ones }, 'plainly')).toEqual(
    await outputOf(model, { pixels }, 'plainly'),
  )
  const [attention, mlp] = rewritten.masks
  const drawn = {
    [attention.name]: new Tensor('float32', Float32Array.of(1.25, 0), [2, 1, 1]),
    [mlp.name]: new Tensor('float32', Float32Array.of(0, 1.25), [2, 1, 1]),
  }
  const expected = forward(smallVit('fused'), second, small.image, {
    attended: (block, y) => (block === 0 ? y : y.map((row) => row.map(() => 0))),
    mlp: (block, _, y) => (block === 0 ? y : y.map((row) => row.map((value) => 1.25 * value))),
  })
  const embedding = await outputOf(rewritten.model, { pixels, ...drawn })
  expect(apart(embedding.subarray(small.width), expected)).toBeLessThan(1e-5)
})

test.each(styles)('dropout stands behind the projection, the activation and the MLP (%s)', async (style) => {
  const model = smallVit(style)
  const places = dropoutPlaces(await findBlocks(model), 0.5)
  const rewritten = withMasks(model, places)
  expect(rewritten.masks.slice(0, 3).map(({ dims }) => dims)).toEqual([
    ['batch', 10, 8],
    ['batch', 10, 32],
    ['batch', 10, 8],
  ])
  const random = chance('dropout')
  const masks = feedsOf(rewritten.masks, () => (random.float() < 0.5 ? 0 : 2))
  const of = (index: number, t: number, i: number) => {
    const { dims, data } = masks[rewritten.masks[index].name]
    return Number(data[(dims[1] + t) * dims[2] + i])
  }
  const places3: Record<string, number> = { proj: 0, fc2: 2 }
  const expected = forward(smallVit('fused'), second, small.image, {
    hidden: (block, y) => y.map((row, t) => row.map((value, i) => value * of(3 * block + 1, t, i))),
    linear(name, _, y) {
      const at = places3[name.slice(3)]
      return at === undefined
        ? y
        : y.map((row, t) => row.map((value, i) => value * of(3 * Number(name[1]) + at, t, i)))
    },
  })
  const embedding = await outputOf(rewritten.model, { pixels, ...masks })
  expect(apart(embedding.subarray(small.width), expected)).toBeLessThan(1e-5)
})

test('a rate of 1 would keep nothing and is refused', async () => {
  const model = smallVit('fused')
  const places = dropPathPlaces(await findBlocks(model), 1)
  expect(() => withMasks(model, places)).toThrow(expect.objectContaining({ code: 'dropout-out-of-range' }))
})
