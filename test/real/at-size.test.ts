import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { embedPictures } from '../../src/backbones/check.ts'
import { backboneAtSize, findBackbone, flopsPerImage } from '../../src/backbones/index.ts'
import { vitMacs } from '../../src/onnx/index.ts'

const data = process.env.STREAMBED_DATA
const skipped = !existsSync(join(data ?? '', 'models')) && 'STREAMBED_DATA names no folder with models in it'
const cache = mkdtempSync(join(tmpdir(), 'streambed-at-size-'))
afterAll(() => rmSync(cache, { recursive: true, force: true }))

describe.skipIf(skipped)(`real backbones at other sizes${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  test.each([
    ['vit-tiny', 160],
    ['mobilenetv2', 96],
    ['squeezenet', 96],
  ])('%s at %i px costs its share, and its embeddings still point where they did', async (name, side) => {
    const original = await findBackbone(name, { data })
    const sized = await backboneAtSize(original, side, cache)
    const share = (await flopsPerImage(sized)) / (await flopsPerImage(original))
    expect(share / (side / 224) ** 2).toBeGreaterThan(0.85)
    expect(share / (side / 224) ** 2).toBeLessThan(1.15)
    const { images } = original.passport.golden
    const before = await embedPictures(original, images, original.passport.preprocessing)
    const after = await embedPictures(sized, images, sized.passport.preprocessing)
    for (const [i, one] of after.entries()) {
      const others = before.filter((_, j) => j !== i).map((other) => cosine(one, other))
      expect(cosine(one, before[i])).toBeGreaterThan(0.5)
      expect(cosine(one, before[i])).toBeGreaterThan(Math.max(...others))
    }
  })

  test('vit-tiny at 96 px has the operations of 37 tokens', async () => {
    const sized = await backboneAtSize(await findBackbone('vit-tiny', { data }), 96, cache)
    const macs = vitMacs({ image: 96, patch: 16, width: 192, blocks: 12, classes: 0 })
    const counted = (await flopsPerImage(sized)) / 2
    expect(counted).toBeGreaterThan(macs)
    expect(counted).toBeLessThan(1.03 * macs) // normalisations, activations and softmax are in ours
  })

  test('vit-tiny takes no pictures of 100 px, of which patches of 16 do not make a whole', async () => {
    await expect(backboneAtSize(await findBackbone('vit-tiny', { data }), 100, cache)).rejects.toMatchObject({
      code: 'input-not-patches',
    })
  })
})

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i], 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
