import { expect, test } from 'vitest'
import { findBlocks, withPrefixes, withPrompts } from '../../src/rewriting/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { type Style, small, smallVit } from '../fixtures/small-vits.ts'
import { forward, table } from './reference.ts'
import { apart, outputOf, pictures, shaken } from './running.ts'

const styles: Style[] = ['fused', 'torch', 'interleaved']
const pixels = pictures(2, small.image)
const second = pixels.data.subarray(3 * small.image ** 2) as Float32Array
const fused = smallVit('fused')

/** Both pictures go through; the second is compared, so that a prompt given to one example alone would show. */
const ofSecond = (embedding: Float32Array) => embedding.subarray(small.width)

test.each(styles)(
  'shallow prompts stand at the end of the sequence through all blocks (%s)',
  async (style) => {
    const model = smallVit(style)
    const options = { tokens: 3, depth: 'shallow', random: chance(0) } as const
    const rewritten = await withPrompts(model, await findBlocks(model), options)
    expect(rewritten.trainable.map(({ name, dims }) => [name, dims])).toEqual([['prompt.0', [1, 3, 8]]])
    expect(rewritten.trainable[0].init.data.every((value) => value === 0)).toBe(true)
    for (const changed of [rewritten.model, shaken(rewritten)]) {
      const expected = forward(fused, second, small.image, {
        before: (block, x) => (block === 0 ? [...x, ...table(changed, 'prompt.0')] : x),
      })
      expect(apart(ofSecond(await outputOf(changed, { pixels })), expected)).toBeLessThan(1e-5)
    }
  },
)

test.each(styles)('deep prompts are others in every block, and gone behind it (%s)', async (style) => {
  const model = smallVit(style)
  const options = { tokens: 5, depth: 'deep', random: chance(0) } as const
  const changed = shaken(await withPrompts(model, await findBlocks(model), options))
  const expected = forward(fused, second, small.image, {
    before: (block, x) => [...x, ...table(changed, `prompt.${block}`)],
    after: (_, x) => x.slice(0, small.tokens),
  })
  const embedding = ofSecond(await outputOf(changed, { pixels }))
  expect(apart(embedding, expected)).toBeLessThan(1e-5)
  expect(apart(embedding, ofSecond(await outputOf(model, { pixels })))).toBeGreaterThan(0.01)
})

test('five prompts are 3,840 numbers in a ViT-B, 46,080 when deep; here tokens · width · blocks', async () => {
  expect([5 * 768, 12 * 5 * 768]).toEqual([3840, 46_080])
  const model = smallVit('fused')
  const vit = await findBlocks(model)
  const count = async (depth: 'shallow' | 'deep') =>
    (await withPrompts(model, vit, { tokens: 5, depth, random: chance(0) })).trainable.reduce(
      (n, { init }) => n + init.data.length,
      0,
    )
  expect([await count('shallow'), await count('deep')]).toEqual([5 * 8, 2 * 5 * 8])
})

test.each(styles)(
  'prefixes are keys and values before those of the tokens, head by head (%s)',
  async (style) => {
    const model = smallVit(style)
    const rewritten = await withPrefixes(model, await findBlocks(model), { length: 4, random: chance(0) })
    expect(rewritten.trainable.map(({ name }) => name)).toEqual(
      [0, 1].flatMap((block) => [`prefix.${block}.keys`, `prefix.${block}.values`]),
    )
    const changed = shaken(rewritten)
    const expected = forward(fused, second, small.image, {
      keys: (block, k) => [...table(changed, `prefix.${block}.keys`), ...k],
      values: (block, v) => [...table(changed, `prefix.${block}.values`), ...v],
    })
    const embedding = ofSecond(await outputOf(changed, { pixels }))
    expect(apart(embedding, expected)).toBeLessThan(1e-5)
    expect(apart(embedding, ofSecond(await outputOf(model, { pixels })))).toBeGreaterThan(0.01)
  },
)

test('a mask laid out for the old number of tokens stops prompts and prefixes, named', async () => {
  const model = smallVit('fused', { mask: true })
  const vit = await findBlocks(model)
  const random = chance(0)
  const refused = { code: 'tokens-cannot-change', what: expect.stringMatching(/^Add .* table for/) }
  await expect(withPrompts(model, vit, { tokens: 1, depth: 'deep', random })).rejects.toMatchObject(refused)
  await expect(withPrefixes(model, vit, { length: 1, random })).rejects.toMatchObject(refused)
})
