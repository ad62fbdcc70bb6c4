import { expect, test } from 'vitest'
import { readModel, withOutputs } from '../../src/onnx/index.ts'
import { findBlocks, ssfPlaces, withSsf } from '../../src/rewriting/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { small as smallCnn } from '../fixtures/small-models.ts'
import { type Style, small, smallVit } from '../fixtures/small-vits.ts'
import { forward, type Rows, table } from './reference.ts'
import { apart, outputOf, pictures, shaken } from './running.ts'

const styles: Style[] = ['fused', 'torch', 'interleaved']
const pixels = pictures(1, small.image)

test.each(styles)('SSF of ones and zeros is the network as it was, to the bit (%s)', async (style) => {
  const model = smallVit(style)
  const vit = await findBlocks(model)
  const ssf = withSsf(model, ssfPlaces(vit), { deviation: 0, random: chance(0) })
  expect(await outputOf(ssf.model, { pixels }, 'plainly')).toEqual(
    await outputOf(model, { pixels }, 'plainly'),
  )
  expect(apart(await outputOf(ssf.model, { pixels }), await outputOf(model, { pixels }))).toBeLessThan(1e-6)
})

test('y = gamma · x + beta behind each linear layer, each normalisation and the patch embedding', async () => {
  const model = smallVit('fused')
  const vit = await findBlocks(model)
  const changed = shaken(withSsf(model, ssfPlaces(vit), { random: chance(0) }))
  const at = (tensor: string) => (y: Rows) => {
    const gamma = table(changed, `ssf.${tensor}.gamma`).flat()
    const beta = table(changed, `ssf.${tensor}.beta`).flat()
    return y.map((row) => row.map((value, i) => value * gamma[i] + beta[i]))
  }
  const tensors = new Map<string, string>([['norm', vit.norm!.output]])
  vit.blocks.forEach(({ norm1, norm2, q, proj, fc1, fc2 }, i) => {
    for (const [name, { output }] of Object.entries({ ln1: norm1, ln2: norm2 }))
      tensors.set(`b${i}.${name}`, output)
    for (const [name, { result }] of Object.entries({ qkv: q.linear, proj, fc1, fc2 }))
      tensors.set(`b${i}.${name}`, result)
  })
  const expected = forward(model, pixels.data as Float32Array, small.image, {
    patches: at(vit.patches.result),
    linear: (name, _, y) => at(tensors.get(name)!)(y),
    norm: (name, y) => at(tensors.get(name)!)(y),
  })
  const embedding = await outputOf(changed, { pixels })
  expect(apart(embedding, expected)).toBeLessThan(1e-5)
  expect(apart(embedding, await outputOf(model, { pixels }))).toBeGreaterThan(0.01)
})

test.each(styles)('2 · (11 · blocks + 2) · width numbers: 205,824 in a ViT-B (%s)', async (style) => {
  const count = (blocks: number, width: number) => 2 * (11 * blocks + 2) * width
  expect(count(12, 768)).toBe(205_824)
  const model = smallVit(style)
  const { trainable } = withSsf(model, ssfPlaces(await findBlocks(model)), { random: chance(0) })
  expect(trainable.reduce((sum, { init }) => sum + init.data.length, 0)).toBe(count(2, 8))
})

test('gamma is drawn around one and beta around zero, 0.02 wide', async () => {
  const model = smallVit('fused')
  const { trainable } = withSsf(model, ssfPlaces(await findBlocks(model)), { random: chance(0) })
  for (const [kind, centre] of [
    ['gamma', 1],
    ['beta', 0],
  ] as const) {
    const values = trainable.filter(({ name }) => name.endsWith(kind)).flatMap(({ init }) => [...init.data])
    const mean = values.reduce((a, b) => a + b, 0) / values.length
    const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length)
    expect(mean).toBeCloseTo(centre, 1)
    expect(deviation).toBeGreaterThan(0.015)
    expect(deviation).toBeLessThan(0.025)
  }
})

test('in a convolutional network SSF stands at the tensors that are named', async () => {
  const model = withOutputs(readModel(smallCnn(), 'small'), ['features'])
  const places = [
    { tensor: 'stem', channels: 4, behind: 2 },
    { tensor: 'features', channels: 4, behind: 0 },
  ]
  const feeds = { pixels: pictures(1, 8) }
  const before = await outputOf(model, feeds)
  const still = withSsf(model, places, { deviation: 0, random: chance(0) })
  expect(await outputOf(still.model, feeds)).toEqual(before)
  expect(still.trainable.map(({ dims }) => dims)).toEqual([[4, 1, 1], [4, 1, 1], [4], [4]])
  const last = shaken(withSsf(model, [places[1]], { random: chance(0) }))
  const [[gamma], [beta]] = [table(last, 'ssf.features.gamma'), table(last, 'ssf.features.beta')]
  const expected = [...before].map((value, i) => value * gamma[i] + beta[i])
  expect(apart(await outputOf(last, feeds), expected)).toBeLessThan(1e-6)
})
