import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { median } from 'simple-statistics'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findBackbone, inputModel } from '../../src/backbones/index.ts'
import { openReader } from '../../src/datasets/index.ts'
import { openEmbeddings } from '../../src/embeddings/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { cifarSlice } from '../bench/cifar-slice.ts'
import { costOf, startChild } from '../embeddings/child-process.ts'
import { pixelAt } from '../embeddings/small-question.ts'

/** The folder with CIFAR-100 in its binary layout and `models/`; without it, what needs it says so and is skipped. */
const data = process.env.STREAMBED_DATA
const withData = test.skipIf(data === undefined)
if (data === undefined)
  console.warn('STREAMBED_DATA names no data folder: the ViT on CIFAR-100 is not tried.')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'streambed-real-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('ViT-Tiny on CIFAR-100', () => {
  withData(
    'gives an image the same bits in company of 1, 7, 8 or 32, on one thread or two, and in the store',
    async () => {
      const backbone = await findBackbone('vit-tiny', { data: data! })
      const dataset = await cifarSlice(data!, 32)
      const { preprocessing, input } = backbone.passport
      const image = dataset.image as { width: number; height: number }
      const model = await inputModel(backbone, { preprocessing, image, hostPrepared: false })
      const reader = openReader(dataset, preprocessing, input)
      const bits: string[] = []
      for (const [threads, batch] of [
        [1, 32],
        [1, 7],
        [2, 1],
        [2, 8],
        [2, 32],
      ]) {
        const session = await openSession(model, { threads, label: 'vit-tiny' })
        const rows = Array.from({ length: batch }, (_, i) => i)
        const pixels = new Uint8Array(batch * 3 * 32 * 32)
        await reader.read('train', rows, pixels)
        const { embedding } = await session.run({ pixels: new Tensor('uint8', pixels, [batch, 3, 32, 32]) })
        bits.push(Buffer.from((embedding.data as Float32Array).slice(0, 192).buffer).toString('hex'))
        await session.release()
      }
      reader.close()
      const store = await openEmbeddings({ dataset, backbone, preprocessing, cache: folder, threads: 2 })
      const stored = new Float32Array(192)
      store.read('train', [0], stored)
      store.close()
      bits.push(Buffer.from(stored.buffer).toString('hex'))
      expect(new Set(bits).size).toBe(1)
    },
    120_000,
  )

  withData(
    'killed at 8 random moments ends with the same bytes, and repeats at most 5 s of computing a kill',
    async () => {
      const shape = { data: data!, images: 1600 }
      const [calm, killed] = [join(folder, 'calm'), join(folder, 'killed')]
      await costOf(startChild({ folder, cache: calm, shape, threads: 2 }))
      const random = chance('vit kills')
      let kills = 0
      for (let k = 0; k < 8; k++) {
        const child = startChild({ folder, cache: killed, shape, threads: 2 })
        await child.said((word) => word.kind === 'progress')
        await sleep(random.float() * 3000)
        child.process.kill('SIGKILL')
        if ((await child.ended).signal === 'SIGKILL') kills++
      }
      const last = await costOf(startChild({ folder, cache: killed, shape, threads: 2 }))
      expect(kills).toBeGreaterThanOrEqual(4)
      expect(last.embedded + last.fromCache).toBe(1601)
      expect(last.repeatedSeconds).toBeLessThan(5 * kills)
      expect(bytesUnder(killed)).toEqual(bytesUnder(calm))
    },
    600_000,
  )
})

describe('40,000 small JPEGs, the same 200 again and again', () => {
  test.skipIf(process.platform !== 'linux')(
    'do not make memory climb, nor threads multiply',
    async () => {
      const files = await Promise.all(
        Array.from({ length: 200 }, async (_, k) => {
          const path = join(folder, `${k}.jpg`)
          const raw = Buffer.from(Uint8Array.from({ length: 3072 }, (_, i) => pixelAt(k, i)))
          await sharp(raw, { raw: { width: 32, height: 32, channels: 3 } })
            .jpeg()
            .toFile(path)
          return path
        }),
      )
      // V8 lets its heap grow for the first 20,000 before it tidies up; a leak would go on.
      const shape = { train: 40_000, test: 1, files }
      const child = startChild({ folder, cache: join(folder, 'jpegs'), shape, threads: 2 })
      await child.said((word) => word.kind === 'progress' && word.progress.done > 5000)
      const threads = readdirSync(`/proc/${child.process.pid}/task`).length
      const { rss } = await costOf(child)
      const quarter = (k: number) =>
        median(rss.slice(Math.floor((rss.length * k) / 4), Math.floor((rss.length * (k + 1)) / 4)))
      expect(quarter(3)).toBeLessThan(1.05 * quarter(1))
      // Node's 11 or so, libuv's 4, the Worker's own, libvips' and the runtime's: known, and far from one an image.
      expect(threads).toBeLessThan(40)
    },
    300_000,
  )
})

/** The data files of the only entry of a cache. */
function bytesUnder(cache: string): string[] {
  const [entry] = readdirSync(join(cache, 'embeddings'))
  return ['train', 'test'].map((split) =>
    readFileSync(join(cache, 'embeddings', entry, `${split}.f32`), 'hex'),
  )
}
