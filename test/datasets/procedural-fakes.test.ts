import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fakeMakers } from '../../src/datasets/fake-makers/index.ts'
import {
  type Dataset,
  type OpenOptions,
  openDataset,
  openReader,
  type Split,
} from '../../src/datasets/index.ts'
import { preprocessingPreset } from '../../src/pictures/index.ts'
import { layStream } from '../../src/streams/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { cifarRecord } from '../fixtures/cifar-look-alike.ts'

let data: string
let options: OpenOptions
let dataset: Dataset
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'fakes-'))
  write(data)
  options = { data, cache: join(data, 'cache'), allowUnofficial: true }
  dataset = await openDataset('procedural-fakes', options)
})
afterAll(() => rmSync(data, { recursive: true, force: true }))

/** CIFAR-10's files with 23 train and 11 test pictures a class: two rounds of ten and one. */
function write(folder: string, order = (records: Uint8Array[]) => records): void {
  const inside = join(folder, 'cifar-10-batches-bin')
  mkdirSync(inside, { recursive: true })
  const records = (split: Split, count: number) =>
    order(Array.from({ length: count }, (_, i) => cifarRecord([i % 10], `${split} ${i}`)))
  const train = records('train', 230)
  for (let batch = 0; batch < 5; batch++) {
    writeFileSync(
      join(inside, `data_batch_${batch + 1}.bin`),
      Buffer.concat(train.slice(46 * batch, 46 * batch + 46)),
    )
  }
  writeFileSync(join(inside, 'test_batch.bin'), Buffer.concat(records('test', 110)))
}

async function pictures(of: Dataset, split: Split): Promise<Uint8Array[]> {
  const reader = openReader(of, preprocessingPreset('pycil-cifar32'), { width: 32, height: 32 })
  const rows = Array.from({ length: of.splits[split].size }, (_, row) => row)
  const into = new Uint8Array(3072 * rows.length)
  await reader.read(split, rows, into)
  reader.close()
  return rows.map((row) => into.subarray(3072 * row, 3072 * row + 3072))
}

test('each maker has as many reals as fakes, a fifth of all', () => {
  const { splits, domains, classes } = dataset
  expect(classes).toEqual(['fake', 'real'])
  expect(domains?.names).toEqual(['smoothed', 'recompressed', 'upsampled', 'dithered', 'patched'])
  for (const [split, each] of [
    ['train', 20],
    ['test', 10],
  ] as const) {
    const counts = new Map<string, number>()
    for (const [row, label] of splits[split].labels.entries()) {
      const group = `${domains!.of[split][row]} ${classes[label]}`
      counts.set(group, (counts.get(group) ?? 0) + 1)
    }
    expect([...counts.values()]).toEqual(new Array(10).fill(each))
  }
})

test('reals are pictures of CIFAR-10; fakes are what their maker makes of others, each used once', async () => {
  const real = await openDataset('cifar-10', options)
  for (const split of ['train', 'test'] as const) {
    const sources = new Map<string, string>()
    const originals = await pictures(real, split)
    for (const [row, pixels] of originals.entries()) {
      const hash = Buffer.from(real.splits[split].hashes.subarray(16 * row, 16 * row + 16)).toString('hex')
      sources.set(`real ${Buffer.from(pixels).toString('hex')}`, hash)
      for (const [maker, { name, make }] of fakeMakers.entries()) {
        const fake = make(pixels, chance('procedural-fakes', name, hash))
        sources.set(`fake ${maker} ${Buffer.from(fake).toString('hex')}`, hash)
      }
    }
    const used: string[] = []
    for (const [row, pixels] of (await pictures(dataset, split)).entries()) {
      const bytes = Buffer.from(pixels).toString('hex')
      const fake = dataset.splits[split].labels[row] === 0
      const source = sources.get(fake ? `fake ${dataset.domains!.of[split][row]} ${bytes}` : `real ${bytes}`)
      expect(source).toBeDefined()
      used.push(source!)
    }
    expect(new Set(used).size).toBe(used.length)
  }
})

test('the same pictures in another file order make the same fakes', async () => {
  const other = mkdtempSync(join(tmpdir(), 'fakes-'))
  write(other, (records) => records.reverse())
  const again = await openDataset('procedural-fakes', {
    ...options,
    data: other,
    cache: join(other, 'cache'),
  })
  expect(again.id).toBe(dataset.id)
  expect(again.splits).toEqual(dataset.splits)
  rmSync(other, { recursive: true, force: true })
})

test('what was made is kept, and made again when it was damaged', async () => {
  const made = join(options.cache, 'made')
  const [folder] = readdirSync(made)
  truncateSync(join(made, folder, 'train.bin'), 5000)
  expect((await openDataset('procedural-fakes', options)).id).toBe(dataset.id)
  rmSync(join(made, folder, 'md5.json'))
  expect((await openDataset('procedural-fakes', options)).id).toBe(dataset.id)
  expect(await pictures(await openDataset('procedural-fakes', options), 'test')).toHaveLength(100)
})

test('a part of CIFAR-10 is named as such, and refused unless it was allowed', async () => {
  expect(dataset.status).toBe('unverified')
  expect(dataset.notes[0]).toMatch(/230 train and 110 test images where CIFAR-10 has 50,000/)
  await expect(openDataset('procedural-fakes', { ...options, allowUnofficial: false })).rejects.toMatchObject(
    {
      code: 'data-unofficial',
    },
  )
})

test('its stream is five tasks of fake and real, all evaluated before the first and after each', () => {
  const stream = layStream({ name: 'procedural-fakes' }, dataset)
  expect(stream.name).toBe('procedural-fakes/5-domains')
  expect(stream.scenario).toBe('domain-incremental')
  expect(stream.tasks.map(({ name }) => name)).toEqual(fakeMakers.map(({ name }) => name))
  expect(stream.chunks.map(({ length }) => length)).toEqual([40, 40, 40, 40, 40])
  expect(stream.tasks.map(({ test: rows }) => rows.length)).toEqual([20, 20, 20, 20, 20])
  const asked = stream.events.flatMap((event) => (event.kind === 'evaluate' ? [event.sets.length] : []))
  expect(asked).toEqual([5, 5, 5, 5, 5, 5])
  const part = layStream({ name: 'procedural-fakes', images: { train: 5, test: 2 } }, dataset)
  expect(part.chunks.map(({ length }) => length)).toEqual([10, 10, 10, 10, 10])
})
