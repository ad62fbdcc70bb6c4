import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Dataset, datasets, findDataset, openDataset, openReader } from '../../src/datasets/index.ts'
import { preprocessingPreset } from '../../src/pictures/index.ts'

let cache: string
let dataset: Dataset
const open = () => openDataset('shapes-20', { data: '/there/is/no/data', cache, allowUnofficial: false })

beforeAll(async () => {
  cache = mkdtempSync(join(tmpdir(), 'shapes-'))
  dataset = await open()
})
afterAll(() => rmSync(cache, { recursive: true, force: true }))

test('every machine draws the same pictures', () => {
  expect(dataset.id).toBe('13c110ed3f483d31')
  expect(dataset.status).toBe('official')
})

test('each of 20 classes has 100 pictures to learn and 32 to ask, a quarter in each look', () => {
  for (const [split, each] of [
    ['train', 25],
    ['test', 8],
  ] as const) {
    const counts = new Map<string, number>()
    for (const [row, label] of dataset.splits[split].labels.entries()) {
      const key = `${label} ${dataset.domains?.of[split][row]}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    expect(counts.size).toBe(80)
    expect(new Set(counts.values())).toEqual(new Set([each]))
  }
  expect(dataset.domains?.names).toEqual(['plain', 'textured', 'night', 'sketch'])
})

test('no picture stands twice, within a split or in both', () => {
  expect(dataset.notes).toEqual([])
})

test('a damaged file of the cache is drawn anew', async () => {
  const folder = join(cache, 'drawn', readdirSync(join(cache, 'drawn'))[0])
  const path = join(folder, 'test.bin')
  const good = readFileSync(path)
  const bad = Buffer.from(good)
  bad[1000] ^= 255
  writeFileSync(path, bad)
  expect((await open()).id).toBe(dataset.id)
  expect(readFileSync(path).equals(good)).toBe(true)
})

test('night is darker than paper', async () => {
  const native = { ...preprocessingPreset('nmc-224'), resize: null }
  const reader = openReader(dataset, native, { width: 32, height: 32 })
  const pixels = new Uint8Array(dataset.splits.test.size * 3072)
  await reader.read(
    'test',
    Array.from({ length: dataset.splits.test.size }, (_, row) => row),
    pixels,
  )
  reader.close()
  const light = (look: number) => {
    let sum = 0
    let count = 0
    for (const [row, domain] of (dataset.domains?.of.test ?? []).entries()) {
      if (domain !== look) continue
      for (let i = row * 3072; i < (row + 1) * 3072; i++) sum += pixels[i]
      count += 3072
    }
    return sum / count
  }
  expect(light(2)).toBeLessThan(60)
  expect(light(3)).toBeGreaterThan(150)
})

test.each(datasets)('$name on the shelf is what it loads', async ({ name, title, load }) => {
  const declared = await load()
  expect([declared.name, declared.title]).toEqual([name, title])
  expect(await findDataset(name)).toBe(declared)
})
