import { expect, test } from 'vitest'
import { findBlocks, withAdapters } from '../../src/rewriting/index.ts'
import { Tensor } from '../../src/runtime/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { type Style, small, smallVit } from '../fixtures/small-vits.ts'
import { forward, plus, product, type Rows, scaled, sums, table } from './reference.ts'
import { apart, outputOf, pictures, shaken } from './running.ts'

const styles: Style[] = ['fused', 'torch', 'interleaved']
const pixels = pictures(1, small.image)

test.each(styles)('an adapter whose Up is zero is the network as it was, to the bit (%s)', async (style) => {
  const model = smallVit(style)
  const adapted = withAdapters(model, await findBlocks(model), { random: chance(0) })
  expect(await outputOf(adapted.model, { pixels }, 'plainly')).toEqual(
    await outputOf(model, { pixels }, 'plainly'),
  )
  expect(apart(await outputOf(adapted.model, { pixels }), await outputOf(model, { pixels }))).toBeLessThan(
    1e-6,
  )
  expect(adapted.masks).toEqual([])
})

test.each(styles)('out = h + MLP(LN2(h)) + s · Up(Dropout(ReLU(Down(h)))) (%s)', async (style) => {
  const model = smallVit(style)
  const options = { bottleneck: 6, scale: 0.3, dropout: 0.5, random: chance(0) }
  const rewritten = withAdapters(model, await findBlocks(model), options)
  expect(rewritten.masks).toEqual(
    [0, 1].map((block) => ({ name: `adapter.${block}.mask`, dims: ['batch', 10, 6], rate: 0.5 })),
  )
  const random = chance('masks')
  const masks = rewritten.masks.map(() =>
    Float32Array.from({ length: 60 }, () => (random.float() < 0.5 ? 0 : 2)),
  )
  const changed = shaken(rewritten)
  const expected = forward(smallVit('fused'), pixels.data as Float32Array, small.image, {
    mlp(block, h, y) {
      const at = `adapter.${block}`
      const down = plus(product(h, table(changed, `${at}.down`)), table(changed, `${at}.down.bias`)[0])
      const dropped: Rows = down.map((row, t) => row.map((v, i) => Math.max(0, v) * masks[block][t * 6 + i]))
      const up = plus(product(dropped, table(changed, `${at}.up`)), table(changed, `${at}.up.bias`)[0])
      return sums(y, scaled(up, 0.3))
    },
  })
  const feeds = Object.fromEntries(
    masks.map((data, i) => [`adapter.${i}.mask`, new Tensor('float32', data, [1, 10, 6])]),
  )
  const embedding = await outputOf(changed, { pixels, ...feeds })
  expect(apart(embedding, expected)).toBeLessThan(1e-5)
  expect(apart(embedding, await outputOf(model, { pixels }))).toBeGreaterThan(0.01)
})

test('twelve blocks of width 768 and bottleneck 64 make 1,189,632 numbers; two of width 8 and 6 make 220', async () => {
  const count = (blocks: number, width: number, bottleneck: number) =>
    blocks * (2 * width * bottleneck + bottleneck + width)
  expect(count(12, 768, 64)).toBe(1_189_632)
  const model = smallVit('fused')
  const { trainable } = withAdapters(model, await findBlocks(model), { bottleneck: 6, random: chance(0) })
  expect(trainable.reduce((sum, { init }) => sum + init.data.length, 0)).toBe(count(2, 8, 6))
})
