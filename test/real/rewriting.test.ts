import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readModel, withOutputs } from '../../src/onnx/index.ts'
import {
  atInputSize,
  batchNorms,
  findBlocks,
  freezeBelow,
  type LoraTarget,
  ssfPlaces,
  weightsOf,
  withAdapters,
  withLora,
  withPrefixes,
  withPrompts,
  withSsf,
} from '../../src/rewriting/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { apart, outputOf, pictures, shaken } from '../rewriting/running.ts'

const data = process.env.STREAMBED_DATA
const folder = data === undefined ? '' : join(data, 'models')
const missing = !existsSync(folder)
if (missing) console.warn('Skipped: STREAMBED_DATA names no folder with models/ in it.')

const vitTiny = () => withOutputs(readModel(join(folder, 'vit_tiny_patch16_224.onnx')), ['features'])
const random = () => chance('real rewrites')
const count = (trainable: readonly { init: { data: Float32Array } }[]) =>
  trainable.reduce((sum, { init }) => sum + init.data.length, 0)

describe.skipIf(missing)('the ViT-Tiny, whose names follow no exporter', () => {
  test('twelve blocks, three heads, fused qkv: found by structure', async () => {
    const vit = await findBlocks(vitTiny())
    expect([vit.blocks.length, vit.width, vit.tokens, vit.grid]).toEqual([
      12,
      192,
      197,
      { height: 14, width: 14 },
    ])
    expect([vit.classToken, vit.position, vit.patches.weight]).toEqual(['cls', 'pos', 'patch_w'])
    for (const [i, { q, k, v, heads, fc1, proj }] of vit.blocks.entries()) {
      expect([heads, q.columns[0], k.columns[0], v.columns[0]]).toEqual([3, 0, 192, 384])
      expect([q, k, v].map(({ columns }) => columns.length)).toEqual([192, 192, 192])
      expect([q.linear.weight, fc1.weight, proj.weight]).toEqual(
        ['attn_qkv', 'mlp_fc1', 'attn_proj'].map((layer) => `blocks_${i}_${layer}_weight`),
      )
    }
  })

  test('of its 5,524,416 weights 2,669,568 train when all below block six is frozen', async () => {
    const model = vitTiny()
    const weights = weightsOf(model, await findBlocks(model))
    const size = (list: typeof weights) =>
      list.reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1), 0)
    const block = 12 * 192 ** 2 + 13 * 192
    expect(block).toBe(444_864)
    expect(size(weights)).toBe(12 * block + 768 * 192 + 192 + 192 + 197 * 192 + 2 * 192)
    expect(size(weights.filter(freezeBelow(6)))).toBe(6 * block + 2 * 192)
  })

  test('LoRA, adapters and SSF leave it as it was until they learn', async () => {
    const model = vitTiny()
    const vit = await findBlocks(model)
    const pixels = pictures(1, 224)
    const before = await outputOf(model, { pixel_values: pixels }, 'plainly')
    const at: LoraTarget[] = ['q', 'v', 'fc1', 'fc2']
    const lora = withLora(model, vit, { rank: 4, at, random: random() })
    const adapter = withAdapters(model, vit, { random: random() })
    const ssf = withSsf(model, ssfPlaces(vit), { deviation: 0, random: random() })
    expect(count(lora.trainable)).toBe(12 * 4 * (2 * (192 + 192) + 2 * (192 + 768)))
    expect(count(adapter.trainable)).toBe(12 * (2 * 192 * 64 + 64 + 192))
    expect(count(ssf.trainable)).toBe(2 * (11 * 12 + 2) * 192)
    for (const rewritten of [lora, adapter, ssf]) {
      expect(await outputOf(rewritten.model, { pixel_values: pixels }, 'plainly')).toEqual(before)
      const learned = await outputOf(shaken(rewritten), { pixel_values: pixels })
      expect(learned.every(Number.isFinite)).toBe(true)
      expect(apart(learned, before)).toBeGreaterThan(0.01)
    }
  })

  test('prompts and prefixes fit its shapes, at any batch', async () => {
    const model = vitTiny()
    const vit = await findBlocks(model)
    const pixels = pictures(2, 224)
    const before = await outputOf(model, { pixel_values: pixels })
    const deep = await withPrompts(model, vit, { tokens: 5, depth: 'deep', random: random() })
    const shallow = await withPrompts(model, vit, { tokens: 5, depth: 'shallow', random: random() })
    const prefixes = await withPrefixes(model, vit, { length: 5, blocks: [2, 3, 4], random: random() })
    expect([deep, shallow, prefixes].map(({ trainable }) => count(trainable))).toEqual([
      12 * 5 * 192,
      5 * 192,
      3 * 2 * 5 * 192,
    ])
    for (const rewritten of [deep, shallow, prefixes]) {
      const prompted = await outputOf(rewritten.model, { pixel_values: pixels })
      expect(prompted).toHaveLength(2 * 192)
      expect(prompted.every(Number.isFinite)).toBe(true)
      expect(apart(prompted, before)).toBeGreaterThan(1e-4)
    }
  })

  test('at 96 pixels it has 37 tokens; at its own size it is as it was', async () => {
    const model = vitTiny()
    const vit = await findBlocks(model)
    const own = pictures(1, 224)
    const same = await atInputSize(model, vit, { height: 224, width: 224 })
    expect(await outputOf(same, { pixel_values: own }, 'plainly')).toEqual(
      await outputOf(model, { pixel_values: own }, 'plainly'),
    )
    for (const filter of ['bicubic', 'bilinear'] as const) {
      const sized = await atInputSize(model, vit, { height: 96, width: 96, filter })
      const found = await findBlocks(sized)
      expect([found.tokens, found.grid, found.blocks.length]).toEqual([37, { height: 6, width: 6 }, 12])
      const embedding = await outputOf(sized, { pixel_values: pictures(2, 96) })
      expect([embedding.length, embedding.every(Number.isFinite)]).toEqual([2 * 192, true])
    }
  })
})

describe.skipIf(missing)('the MobileNetV2 with its batch normalisations merged', () => {
  const network = () => readModel(join(folder, 'mobilenetv2_1.0_224_features.onnx'))

  test('a method on batch normalisations is refused with the switch of the export', () => {
    expect(() => batchNorms(network())).toThrow(
      expect.objectContaining({
        code: 'no-batch-normalization',
        what: expect.stringContaining('This export has no BatchNormalization'),
        mend: expect.stringContaining('TrainingMode.PRESERVE'),
      }),
    )
  })

  test('it has no blocks of a Transformer, and is told what it has', async () => {
    await expect(findBlocks(network())).rejects.toMatchObject({
      code: 'vit-blocks-not-found',
      what: expect.stringContaining('52 Conv'),
    })
  })
})
