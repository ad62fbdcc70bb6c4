import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type Backbone,
  checkBackbone,
  classOverlap,
  findBackbone,
  flopsPerImage,
} from '../../src/backbones/index.ts'
import { mistakes } from '../backbones/mistakes.ts'

const data = process.env.STREAMBED_DATA
const reference = data === undefined ? '' : join(data, 'models', 'reference.json')
const skipped = !existsSync(reference) && 'STREAMBED_DATA names no folder with models/reference.json'

/** GMACs of the published networks without their classifiers, Conv and MatMul only. */
const published: Record<string, number> = { 'vit-tiny': 1.2537 - 192e3 / 1e9 }

describe.skipIf(skipped)(`real backbones${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  describe.each(['vit-tiny', 'mobilenetv2', 'squeezenet'])('%s', (name) => {
    let backbone: Backbone
    beforeAll(async () => {
      backbone = await findBackbone(name, { data })
    })

    test('its passport holds what others computed', () => {
      const { models } = JSON.parse(readFileSync(reference, 'utf8'))
      const outside = models[backbone.passport.file]
      expect(backbone.passport.preprocessing.mean).toEqual(outside.mean)
      expect(backbone.passport.preprocessing.std).toEqual(outside.std)
      outside.feature_l2.forEach((l2: number, i: number) => {
        const { first, ...image } = backbone.passport.golden.images[i]
        expect([image.l2, first]).toEqual([l2, outside.features_first8[i]])
      })
    })

    test('its embeddings are reproduced, fifty times closer than the tolerance', async () => {
      const { worst, tolerance } = await checkBackbone(backbone)
      expect(worst).toBeLessThan(tolerance / 50)
    })

    test('its operations are those of the published network', async () => {
      const flops = await flopsPerImage(backbone)
      expect(flops).toBeGreaterThan(1e8)
      if (name in published) {
        expect(flops / 2e9).toBeGreaterThan(published[name])
        expect(flops / 2e9).toBeLessThan(1.03 * published[name])
      }
    })
  })

  describe.each(['vit-tiny', 'mobilenetv2'])('with %s', (name) => {
    test.each(mistakes)('$mistake is refused, and $cause named', async ({ change, cause, reproduced }) => {
      const backbone = await findBackbone(name, { data })
      await expect(checkBackbone(backbone, change(backbone.passport.preprocessing))).rejects.toMatchObject({
        code: 'backbone-check-failed',
        what: expect.stringMatching(
          new RegExp(`reproduced with .*${reproduced}.*${cause} is the likely cause`),
        ),
      })
    })
  })

  test('CIFAR-100’s classes that ImageNet-1k has are listed', async () => {
    const { passport } = await findBackbone('mobilenetv2', { data })
    const overlap = classOverlap(
      passport,
      ['lion', 'streetcar', 'rose', 'sweet_pepper', 'snail'],
      'cifar-100',
    )
    expect(overlap).toMatchObject({ sameDataset: false, unlisted: [] })
    expect(overlap === 'unknown' ? [] : overlap.same.map((one) => one.class)).toEqual([
      'lion',
      'streetcar',
      'snail',
    ])
  })
})
