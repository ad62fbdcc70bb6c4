import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetWriteFile } from 'hyparquet-writer'
import sharp from 'sharp'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type OpenOptions, openDataset, openReader } from '../../src/datasets/index.ts'
import { preprocessingPreset } from '../../src/pictures/index.ts'
import { findStream, layDeclared, layStream } from '../../src/streams/index.ts'
import { chance } from '../../src/tensor/index.ts'

interface Row {
  image: { bytes: Uint8Array | null; path: string | null } | null
  label: bigint
  task: string
}

let data: string
let options: OpenOptions
let train: Row[]
let test_: Row[]
beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'clofai-'))
  options = { data, cache: join(data, 'cache'), allowUnofficial: false }
  train = await rows('train', 40)
  test_ = await rows('test', 20)
})
afterEach(() => rmSync(data, { recursive: true, force: true }))

const raw = (name: string, side = 32) => {
  const random = chance('clofai look-alike', name)
  return Uint8Array.from({ length: 3 * side * side }, () => random.below(256))
}

async function rows(split: string, count: number): Promise<Row[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => ({
      image: { bytes: await png(raw(`${split} ${i}`)), path: null },
      label: BigInt(i % 2),
      task: `task${1 + (Math.floor(i / 2) % 5)}`,
    })),
  )
}

async function png(pixels: Uint8Array, side = 32): Promise<Uint8Array> {
  return new Uint8Array(
    await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toBuffer(),
  )
}

/** As the Hub's converter writes them: the image a struct of bytes and path, the label a 64-bit number. */
function write(
  file: string,
  some: readonly Row[],
  more: { codec?: 'SNAPPY' | 'UNCOMPRESSED'; rowGroupSize?: number; label?: string } = {},
): void {
  const path = join(data, 'clofai', file)
  mkdirSync(join(path, '..'), { recursive: true })
  const { label = 'label', ...rest } = more
  parquetWriteFile({
    filename: path,
    schema: [
      { name: 'root', num_children: 3 },
      { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' },
      { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
      { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name: label, type: 'INT64', repetition_type: 'OPTIONAL' },
      { name: 'task', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
    ],
    columnData: [
      { name: 'image', data: some.map((row) => row.image) },
      { name: label, data: some.map((row) => row.label) },
      { name: 'task', data: some.map((row) => row.task) },
    ],
    ...rest,
  })
}

const whole = () => {
  write('data/train-00000-of-00001.parquet', train)
  write('data/test-00000-of-00001.parquet', test_)
}

test('pictures, labels and generators are those of the rows', async () => {
  whole()
  const dataset = await openDataset('clofai', options)
  expect(dataset.classes).toEqual(['label 0', 'label 1'])
  expect(dataset.domains?.names).toEqual(['VAE', 'VAE with energy-based model', 'GAN', 'flow', 'diffusion'])
  expect([dataset.splits.train.size, dataset.splits.test.size]).toEqual([40, 20])
  const reader = openReader(dataset, preprocessingPreset('clofai-32'), { width: 32, height: 32 })
  const all = new Uint8Array(40 * 3072)
  await reader.read(
    'train',
    Array.from({ length: 40 }, (_, row) => row),
    all,
  )
  reader.close()
  const known = new Map(
    train.map(({ label, task }, i) => {
      const pixels = raw(`train ${i}`)
      const planar = Uint8Array.from(pixels, (_, at) => pixels[3 * (at % 1024) + Math.floor(at / 1024)])
      return [Buffer.from(planar).toString('hex'), [Number(label), Number(task.slice(4)) - 1]]
    }),
  )
  for (let row = 0; row < 40; row++) {
    const bytes = Buffer.from(all.subarray(3072 * row, 3072 * row + 3072)).toString('hex')
    expect([dataset.splits.train.labels[row], dataset.domains!.of.train[row]]).toEqual(known.get(bytes))
  }
})

test('in shards, in small row groups and without compression it is the same dataset', async () => {
  whole()
  const { id } = await openDataset('clofai', options)
  rmSync(join(data, 'clofai'), { recursive: true })
  write('train-00000-of-00003.parquet', train.slice(0, 13), { codec: 'UNCOMPRESSED', rowGroupSize: 4 })
  write('train-00001-of-00003.parquet', train.slice(13, 30), { rowGroupSize: 5 })
  write('train-00002-of-00003.parquet', train.slice(30))
  write('test-00000-of-00001.parquet', test_)
  expect((await openDataset('clofai', options)).id).toBe(id)
})

test('what was decoded is read from the cache, until the files change', async () => {
  whole()
  const { id, source } = await openDataset('clofai', options)
  expect(source.format).toBe('cifar-binary')
  expect((await openDataset('clofai', options)).source).toEqual(source)
  write('data/test-00000-of-00001.parquet', test_.slice(0, 10))
  const other = await openDataset('clofai', options)
  expect(other.id).not.toBe(id)
  expect(other.splits.test.size).toBe(10)
})

test('its stream is five tasks, and less than the published images is refused', async () => {
  whole()
  const dataset = await openDataset('clofai', options)
  const stream = layDeclared({ ...findStream('clofai'), holds: undefined }, {}, dataset)
  expect(stream.tasks.map(({ name, test: rows }) => [name, rows.length])).toEqual(
    ['VAE', 'VAE with energy-based model', 'GAN', 'flow', 'diffusion'].map((name) => [name, 4]),
  )
  expect(stream.chunks.map(({ length }) => length)).toEqual([8, 8, 8, 8, 8])
  expect(() => layStream({ name: 'clofai' }, dataset)).toThrowError(
    expect.objectContaining({ code: 'stream-data-differs' }),
  )
})

const broken = (change: (row: Row) => Row) => {
  write(
    'data/train-00000-of-00001.parquet',
    train.map((row, i) => (i === 6 ? change(row) : row)),
  )
  write('data/test-00000-of-00001.parquet', test_)
}
const seventh = expect.stringMatching(/train-00000-of-00001\.parquet › row 7$/)

test.each([
  [
    'bytes that are null',
    (row: Row) => ({ ...row, image: { bytes: null, path: 'a.png' } }),
    'picture-missing',
  ],
  ['no image', (row: Row) => ({ ...row, image: null }), 'picture-missing'],
  ['no bytes', (row: Row) => ({ ...row, image: { bytes: new Uint8Array(), path: null } }), 'picture-empty'],
  [
    'a page of the web',
    (row: Row) => ({ ...row, image: { bytes: Buffer.from('<html>503'), path: null } }),
    'not-a-picture',
  ],
  ['a sixth task', (row: Row) => ({ ...row, task: 'task6' }), 'data-damaged'],
  ['a third label', (row: Row) => ({ ...row, label: 2n }), 'data-damaged'],
])('a row with %s is refused, and named', async (_, change, code) => {
  broken(change)
  await expect(openDataset('clofai', options)).rejects.toMatchObject({ code, where: seventh })
})

test('a picture of another size is refused, and named', async () => {
  const bytes = await png(raw('large', 40), 40)
  broken((row) => ({ ...row, image: { bytes, path: null } }))
  await expect(openDataset('clofai', options)).rejects.toMatchObject({
    code: 'data-damaged',
    what: expect.stringContaining('40×40'),
    where: seventh,
  })
})

test('a file that is missing, cut off or of other columns is refused by name', async () => {
  await expect(openDataset('clofai', options)).rejects.toMatchObject({ code: 'data-missing' })
  whole()
  const file = join(data, 'clofai/data/test-00000-of-00001.parquet')
  renameSync(file, `${file}.part`)
  await expect(openDataset('clofai', options)).rejects.toMatchObject({
    code: 'data-missing',
    what: 'There is no test….parquet.',
  })
  writeFileSync(file, 'PAR1 and no more')
  await expect(openDataset('clofai', options)).rejects.toMatchObject({
    code: 'parquet-unreadable',
    where: file,
  })
  write('data/test-00000-of-00001.parquet', test_, { label: 'class' })
  await expect(openDataset('clofai', options)).rejects.toMatchObject({
    code: 'parquet-column',
    what: expect.stringContaining('no column label; its columns are image, class, task'),
  })
})
