import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type OpenOptions, openDataset, openReader } from '../../src/datasets/index.ts'
import { preprocessingPreset } from '../../src/pictures/index.ts'

const data = process.env.STREAMBED_DATA ?? ''
const cache = mkdtempSync(join(tmpdir(), 'streambed-datasets-'))
afterAll(() => rmSync(cache, { recursive: true, force: true }))
const options: OpenOptions = { data, cache, allowUnofficial: true }

const has = (path: string): boolean => {
  const there = data !== '' && existsSync(join(data, path))
  if (!there) console.warn(`Skipped: STREAMBED_DATA (${data || 'not set'}) has no ${path}.`)
  return there
}

describe.skipIf(!has('cifar-100-binary/train.bin'))('all 60,000 images of CIFAR-100', () => {
  test('are recognised by their content, whatever their order, with their exact duplicates counted', async () => {
    const dataset = await openDataset('cifar-100', options)
    expect(dataset.status).toMatch(/^(official|same-images)$/)
    expect(dataset.id).toBe('8ca2ed1ea37b62ad')
    expect([dataset.splits.train.size, dataset.splits.test.size]).toEqual([50_000, 10_000])
    for (const [split, each] of [
      ['train', 500],
      ['test', 100],
    ] as const) {
      const counts = new Array<number>(100).fill(0)
      for (const label of dataset.splits[split].labels) counts[label]++
      expect(new Set(counts)).toEqual(new Set([each]))
    }
    expect(dataset.notes.slice(-3)).toEqual([
      '10 images stand in both train and test.',
      '14 images of train repeat another one exactly.',
      '2 images of test repeat another one exactly.',
    ])
  })

  test('each fine class lies in one superclass', async () => {
    const { splits, superclasses } = await openDataset('cifar-100', options)
    const pairs = new Set(
      Array.from(splits.train.labels, (label, row) => `${label} ${superclasses!.of.train[row]}`),
    )
    expect(pairs.size).toBe(100)
  })
})

describe.skipIf(!has('cifar-10-part/cifar-10-binary.tar.gz'))(
  'a part of CIFAR-10 in the official archive',
  () => {
    test('is read from the archive and never taken for the published dataset', async () => {
      const folder = join(data, 'cifar-10-part')
      const refused = openDataset('cifar-10', { ...options, data: folder, allowUnofficial: false })
      await expect(refused).rejects.toMatchObject({ code: 'data-unofficial' })
      const dataset = await openDataset('cifar-10', { ...options, data: folder })
      expect([dataset.status, dataset.splits.train.size, dataset.splits.test.size]).toEqual([
        'unverified',
        2500,
        1000,
      ])
    })
  },
)

describe.skipIf(!has('101_ObjectCategories'))('a part of Caltech-101', () => {
  test('is opened as an image folder and every picture is prepared', async () => {
    const dataset = await openDataset('image-folder', {
      ...options,
      path: join(data, '101_ObjectCategories'),
    })
    expect(dataset.image).toBe('varied')
    expect(dataset.splits.train.size + dataset.splits.test.size).toBe(606)
    const reader = openReader(dataset, preprocessingPreset('aper-224'), { width: 224, height: 224 })
    const size = 3 * 224 * 224
    const into = new Uint8Array(16 * size)
    for (let start = 0; start < dataset.splits.test.size; start += 16) {
      const rows = Array.from({ length: Math.min(16, dataset.splits.test.size - start) }, (_, i) => start + i)
      into.fill(0)
      await reader.read('test', rows, into)
      for (const place of rows.keys()) {
        expect(into.subarray(place * size, (place + 1) * size).some((value) => value > 0)).toBe(true)
      }
    }
    reader.close()
  })
})

describe.skipIf(!has('cifake'))('folders within class folders', () => {
  test('are refused by name', async () => {
    const refused = openDataset('image-folder', { ...options, path: join(data, 'cifake') })
    await expect(refused).rejects.toMatchObject({
      code: 'folder-layout',
      what: expect.stringContaining('FAKE, REAL'),
    })
  })
})
