import { expect, test } from 'vitest'
import { findBlocks, type LoraTarget, withLora } from '../../src/rewriting/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { type Style, small, smallVit } from '../fixtures/small-vits.ts'
import { forward, product, type Rows, scaled, sums, table } from './reference.ts'
import { apart, outputOf, pictures, shaken } from './running.ts'

const styles: Style[] = ['fused', 'torch', 'interleaved']
const pixels = pictures(1, small.image)

test.each(styles)('LoRA with B at zero is the network as it was, to the bit (%s)', async (style) => {
  const model = smallVit(style)
  const at: LoraTarget[] = ['q', 'k', 'v', 'proj', 'fc1', 'fc2']
  const lora = withLora(model, await findBlocks(model), { rank: 2, at, random: chance(0) })
  expect(await outputOf(lora.model, { pixels }, 'plainly')).toEqual(
    await outputOf(model, { pixels }, 'plainly'),
  )
  expect(apart(await outputOf(lora.model, { pixels }), await outputOf(model, { pixels }))).toBeLessThan(1e-6)
  expect(
    lora.trainable.filter(({ name }) => name.endsWith('.A')).every(({ init }) => init.data.some(Boolean)),
  ).toBe(true)
})

test.each(styles)('y = xW + alpha / rank · (xA)B, on queries and values alone (%s)', async (style) => {
  const model = smallVit(style)
  const options = { rank: 2, alpha: 3, at: ['q', 'v'] as const, blocks: [1], random: chance(0) }
  const changed = shaken(withLora(model, await findBlocks(model), options))
  const low = (target: string, x: Rows) =>
    scaled(
      product(product(x, table(changed, `lora.1.${target}.A`)), table(changed, `lora.1.${target}.B`)),
      3 / 2,
    )
  const expected = forward(smallVit('fused'), pixels.data as Float32Array, small.image, {
    linear(name, x, y) {
      if (name !== 'b1.qkv') return y
      const [q, v] = [low('q', x), low('v', x)]
      return y.map((row, t) => row.map((value, i) => value + (i < 8 ? q[t][i] : i < 16 ? 0 : v[t][i - 16])))
    },
  })
  const embedding = await outputOf(changed, { pixels })
  expect(apart(embedding, expected)).toBeLessThan(1e-5)
  expect(apart(embedding, await outputOf(model, { pixels }))).toBeGreaterThan(0.01)
})

test.each(styles)('LoRA on keys, the projection and the MLP (%s)', async (style) => {
  const model = smallVit(style)
  const at = ['k', 'proj', 'fc1', 'fc2'] as const
  const changed = shaken(withLora(model, await findBlocks(model), { rank: 3, at, random: chance(0) }))
  const expected = forward(smallVit('fused'), pixels.data as Float32Array, small.image, {
    linear(name, x, y) {
      const [block, layer] = [name[1], name.slice(3)]
      const target = layer === 'qkv' ? 'k' : layer
      const low = product(
        product(x, table(changed, `lora.${block}.${target}.A`)),
        table(changed, `lora.${block}.${target}.B`),
      )
      if (layer !== 'qkv') return sums(y, low)
      return y.map((row, t) => row.map((value, i) => (i >= 8 && i < 16 ? value + low[t][i - 8] : value)))
    },
  })
  expect(apart(await outputOf(changed, { pixels }), expected)).toBeLessThan(1e-5)
})

test('rank 4 in every projection of two blocks of width 8 and hidden 32 adds 4 · (4 · 16 + 2 · 40) · 2 numbers', async () => {
  const model = smallVit('fused')
  const at: LoraTarget[] = ['q', 'k', 'v', 'proj', 'fc1', 'fc2']
  const { trainable } = withLora(model, await findBlocks(model), { rank: 4, at, random: chance(0) })
  expect(trainable.reduce((sum, { init }) => sum + init.data.length, 0)).toBe(4 * (4 * 16 + 2 * 40) * 2)
  const bound = 1 / Math.sqrt(8)
  const { init } = trainable.find(({ name }) => name === 'lora.0.q.A')!
  expect(Math.max(...init.data.map(Math.abs))).toBeLessThanOrEqual(bound)
  expect(Math.max(...init.data.map(Math.abs))).toBeGreaterThan(bound / 2)
})

test('a mask of −∞ between queries and keys stays what it is', async () => {
  const model = smallVit('fused', { mask: true })
  const at: LoraTarget[] = ['q', 'k']
  const changed = shaken(withLora(model, await findBlocks(model), { rank: 2, at, random: chance(0) }))
  const expected = forward(model, pixels.data as Float32Array, small.image, {
    mask: (_, to) => (to > 7 ? -Infinity : 0),
    linear(name, x, y) {
      if (!name.endsWith('qkv')) return y
      const low = at.map((target) => {
        const [A, B] = ['A', 'B'].map((part) => table(changed, `lora.${name[1]}.${target}.${part}`))
        return product(product(x, A), B)
      })
      return y.map((row, t) => row.map((value, i) => value + (low[i >> 3]?.[t][i % 8] ?? 0)))
    },
  })
  expect(apart(await outputOf(changed, { pixels }), expected)).toBeLessThan(1e-5)
})
