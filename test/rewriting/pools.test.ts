import { expect, test } from 'vitest'
import { withOutputs } from '../../src/onnx/index.ts'
import {
  findBlocks,
  type Rewritten,
  withPrefixComponents,
  withPrefixPool,
  withPromptPool,
} from '../../src/rewriting/index.ts'
import { orthonormal } from '../../src/rewriting/init.ts'
import { chance, Tensor } from '../../src/tensor/index.ts'
import { type Style, small, smallVit } from '../fixtures/small-vits.ts'
import { forward, type Rows, table } from './reference.ts'
import { apart, outputOf, pictures, shaken } from './running.ts'

const styles: Style[] = ['fused', 'torch', 'interleaved']
const pixels = pictures(2, small.image)
const fused = smallVit('fused')
const uniform = [-1, 1] as const

/** Of both pictures, which are told different things. */
const picture = (i: number) =>
  pixels.data.subarray(i * 3 * small.image ** 2, (i + 1) * 3 * small.image ** 2) as Float32Array
const random = chance('queries')
const queries: Rows = [0, 1].map(() => Array.from({ length: 6 }, () => random.normal()))
const tensor = (dims: number[], data: ArrayLike<number>) =>
  new Tensor('float32', Float32Array.from(data), dims)
const query = tensor([2, 6], queries.flat())
/** Row m of a weight whose rows are tables [length, width]. */
const rowsOf = (all: Rows, m: number, length: number) => all.slice(m * length, (m + 1) * length)
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0)
const cosine = (a: readonly number[], b: readonly number[]) =>
  dot(a, b) / Math.sqrt(dot(a, a)) / Math.sqrt(dot(b, b))
const oneHot = (places: readonly (readonly number[])[], pool: number) =>
  tensor(
    [2, places[0].length, pool],
    places.flat().flatMap((place) => Array.from({ length: pool }, (_, k) => Number(k === place))),
  )

/** An output for both pictures, with all that is new drawn anew. */
async function madeBy(rewritten: Rewritten, feeds: Readonly<Record<string, Tensor>>, output: string) {
  const model = shaken(rewritten)
  const made = await outputOf(withOutputs(model, [output]), feeds)
  const size = made.length / 2
  return { model, of: (i: number) => made.subarray(i * size, (i + 1) * size) }
}

const places = [
  [3, 1],
  [0, 3],
]

test.each(styles)(
  'each picture has its own prompts of a pool in its sequence, and is told by what leaves them (%s)',
  async (style) => {
    const vit = smallVit(style)
    const options = { pool: 4, length: 3, top: 2, queries: 6, uniform, random: chance(0) }
    const rewritten = await withPromptPool(vit, await findBlocks(vit), options)
    expect(rewritten.trainable.map(({ name, dims }) => [name, dims])).toEqual([
      ['pool.prompts', [4, 3, 8]],
      ['pool.keys', [4, 6]],
    ])
    const feeds = { pixels, 'pool.chosen': oneHot(places, 4) }
    const { model, of } = await madeBy(rewritten, feeds, rewritten.output!)
    for (const i of [0, 1]) {
      const prompts = places[i].flatMap((place) => rowsOf(table(model, 'pool.prompts'), place, 3))
      let normed: Rows = []
      forward(fused, picture(i), small.image, {
        before: (block, x) => (block === 0 ? [...prompts, ...x] : x), // as the paper has it, in front
        norm: (name, y) => {
          if (name === 'norm') normed = y
          return y
        },
      })
      const mean = normed[0].map((_, j) => normed.slice(0, 6).reduce((sum, row) => sum + row[j], 0) / 6)
      expect(apart(of(i), mean)).toBeLessThan(1e-5)
    }
  },
)

test('the pull is the sum of the cosines of the chosen keys with the query', async () => {
  const options = { pool: 4, length: 3, top: 2, queries: 6, uniform, random: chance(0) }
  const rewritten = await withPromptPool(fused, await findBlocks(fused), options)
  const feeds = { 'pool.query': query, 'pool.chosen': oneHot(places, 4) }
  const { model, of } = await madeBy(rewritten, feeds, rewritten.pull!)
  for (const i of [0, 1]) {
    const keys = places[i].map((place) => table(model, 'pool.keys')[place])
    const pull = keys.reduce((sum, key) => sum + cosine(key, queries[i]), 0)
    expect(of(i)[0]).toBeCloseTo(pull, 5)
  }
})

test.each(styles)('an expert puts keys and values before those of its pictures alone (%s)', async (style) => {
  const vit = smallVit(style)
  const options = { pool: 3, length: 4, blocks: [1], queries: 6, uniform, random: chance(0) }
  const rewritten = await withPrefixPool(vit, await findBlocks(vit), options)
  expect(rewritten.trainable.map(({ name }) => name).sort()).toEqual([
    'expert.1.keys',
    'expert.1.values',
    'pool.keys',
  ])
  const experts = [2, 0]
  const feeds = { pixels, 'pool.chosen': oneHot([[2], [0]], 3) }
  const { model, of } = await madeBy(rewritten, feeds, vit.graph.outputs[0].name)
  for (const i of [0, 1]) {
    const prefix = (part: string) => rowsOf(table(model, `expert.1.${part}`), experts[i], 4)
    const expected = forward(fused, picture(i), small.image, {
      keys: (block, k) => (block === 1 ? [...prefix('keys'), ...k] : k),
      values: (block, v) => (block === 1 ? [...prefix('values'), ...v] : v),
    })
    expect(apart(of(i), expected)).toBeLessThan(1e-5)
  }
})

test.each(styles)(
  'components are summed as the query of each picture weighs them, of those that are open (%s)',
  async (style) => {
    const vit = smallVit(style)
    const options = { components: 4, parts: 2, length: 4, blocks: [0], queries: 6, random: chance(0) }
    const rewritten = await withPrefixComponents(vit, await findBlocks(vit), options)
    const open = [
      [1, 1, 0, 0],
      [1, 1, 1, 1],
    ]
    const feeds = { pixels, 'components.query': query, 'components.open': tensor([2, 4], open.flat()) }
    const { model, of } = await madeBy(rewritten, feeds, vit.graph.outputs[0].name)
    const joined = (part: string) => [0, 1].flatMap((t) => table(model, `component.0.${t}.${part}`))
    for (const i of [0, 1]) {
      const sum: Rows = Array.from({ length: 4 }, () => new Array(small.width).fill(0))
      for (let m = 0; m < 4; m++) {
        const seen = queries[i].map((value, j) => value * joined('attention')[m][j])
        const weight = open[i][m] * cosine(seen, joined('keys')[m])
        rowsOf(joined('prompts'), m, 4).forEach((row, r) => {
          row.forEach((value, j) => (sum[r][j] += weight * value))
        })
      }
      const expected = forward(fused, picture(i), small.image, {
        keys: (block, k) => (block === 0 ? [...sum.slice(0, 2), ...k] : k),
        values: (block, v) => (block === 0 ? [...sum.slice(2), ...v] : v),
      })
      expect(apart(of(i), expected)).toBeLessThan(1e-5)
    }
  },
)

test('components start orthonormal, as many at a time as there are dimensions', () => {
  const rows = orthonormal(7, 4, chance(3))
  for (let a = 0; a < 7; a++) {
    for (let b = 0; b <= a; b++) {
      if (Math.floor(a / 4) !== Math.floor(b / 4)) continue
      const product = dot([...rows.subarray(4 * a, 4 * a + 4)], [...rows.subarray(4 * b, 4 * b + 4)])
      expect(product).toBeCloseTo(Number(a === b), 6)
    }
  }
})

test('a block that is not there is named, and so are numbers that do not divide', async () => {
  const vit = await findBlocks(fused)
  const pool = { pool: 3, length: 4, blocks: [1, 2], queries: 6, uniform, random: chance(0) }
  await expect(withPrefixPool(fused, vit, pool)).rejects.toMatchObject({
    code: 'no-such-block',
    what: 'Prefixes were asked for in block 3 of a network with 2.',
  })
  const parts = { components: 5, parts: 2, length: 4, blocks: [0], queries: 6, random: chance(0) }
  await expect(withPrefixComponents(fused, vit, parts)).rejects.toThrow('5 of them')
  await expect(withPrefixComponents(fused, vit, { ...parts, parts: 5, length: 3 })).rejects.toThrow(
    'half of 3',
  )
})

test('a network that does not normalise all tokens behind its blocks has no place to read prompts', async () => {
  const vit = { ...(await findBlocks(fused)), norm: undefined }
  const options = { pool: 4, length: 3, top: 2, queries: 6, uniform, random: chance(0) }
  await expect(withPromptPool(fused, vit, options)).rejects.toMatchObject({ code: 'prompt-pool-layout' })
})
