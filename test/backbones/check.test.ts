import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Backbone, checkBackbone, findBackbone } from '../../src/backbones/index.ts'
import { packageRoot } from '../../src/files/index.ts'
import { mistakes } from './mistakes.ts'
import { folderOfItsOwn } from './small-networks.ts'

let backbone: Backbone
beforeAll(async () => {
  backbone = await findBackbone('mini-resnet')
})

test('the runtime reproduces what PyTorch computed, a hundred times closer than the tolerance', async () => {
  const { differences, worst, tolerance } = await checkBackbone(backbone)
  expect(differences).toHaveLength(4)
  expect(worst).toBeLessThan(tolerance / 100)
})

describe.each(mistakes)('$mistake', ({ change, cause, reproduced }) => {
  test(`is refused, and ${cause} is named`, async () => {
    const declared = change(backbone.passport.preprocessing)
    await expect(checkBackbone(backbone, declared)).rejects.toMatchObject({
      code: 'backbone-check-failed',
      what: expect.stringMatching(
        new RegExp(`reproduced with .*${reproduced}.*${cause} is the likely cause`),
      ),
      mend: expect.stringContaining(JSON.stringify(backbone.passport.preprocessing.mean)),
    })
  })
})

test('two mistakes at once are found as well', async () => {
  const { preprocessing } = backbone.passport
  const declared = { ...preprocessing, mean: [0, 0, 0], std: [1, 1, 1], colour: 'bgr' } as const
  await expect(
    checkBackbone(backbone, { ...declared, mean: [0, 0, 0], std: [1, 1, 1] }),
  ).rejects.toMatchObject({
    what: expect.stringMatching(/mean 0.5 and std 0.25 and colours in RGB order/),
  })
})

test('when no preprocessing explains it, the weights, the node or the golden values are named', async () => {
  const { passport } = backbone
  const images = passport.golden.images.map((image) => ({ ...image, l2: image.l2 * 1.1 }))
  const other = { ...backbone, passport: { ...passport, golden: { ...passport.golden, images } } }
  await expect(checkBackbone(other)).rejects.toMatchObject({
    what: expect.stringMatching(
      /nor does it with any of \d+ other ways.*the weights, the embedding's name or the golden/,
    ),
  })
})

test('a passport without golden pictures proves nothing and is refused', async () => {
  const { passport } = backbone
  const bare = { ...backbone, passport: { ...passport, golden: { ...passport.golden, images: [] } } }
  await expect(checkBackbone(bare)).rejects.toMatchObject({ code: 'passport-golden-picture' })
})

test('a golden picture of the wrong number of bytes is refused', async () => {
  const { passport } = backbone
  const images = [{ ...passport.golden.images[0], pixels: Buffer.alloc(10).toString('base64') }]
  const cut = { ...backbone, passport: { ...passport, golden: { ...passport.golden, images } } }
  await expect(checkBackbone(cut)).rejects.toMatchObject({
    what: expect.stringContaining('10 bytes instead of 3072'),
  })
})

test('a passed check is remembered for the same passport and preprocessing only, a failed one never', async () => {
  const cache = folderOfItsOwn()
  const first = await checkBackbone(backbone, undefined, { cache })
  const again = await checkBackbone(backbone, undefined, { cache })
  expect([first.remembered, again.remembered]).toEqual([false, true])
  expect(again.differences).toEqual(first.differences)
  const bgr = { ...backbone.passport.preprocessing, colour: 'bgr' as const }
  for (let i = 0; i < 2; i++) await expect(checkBackbone(backbone, bgr, { cache })).rejects.toThrow()
  expect(readdirSync(join(cache, 'backbone-checks'))).toHaveLength(1)
})

test('a network exported by export_backbone.py is reproduced from the embeddings that PyTorch gave it', async () => {
  const path = join(packageRoot, 'test/fixtures/backbones/tiny-torch.passport.json')
  expect(existsSync(path)).toBe(true)
  const tiny = await findBackbone(path)
  expect((await checkBackbone(tiny)).worst).toBeLessThan(1e-5)
  const whole = {
    ...tiny.passport.preprocessing,
    resize: { ...tiny.passport.preprocessing.resize!, size: 16 },
  }
  await expect(checkBackbone(tiny, whole)).rejects.toMatchObject({
    what: expect.stringMatching(
      /reproduced with shorter side to 18, a crop of 16; .*crop is the likely cause/,
    ),
  })
})
