import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { create } from 'tar'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readRecords } from '../../src/datasets/formats/cifar-binary.ts'
import { type OpenOptions, openDataset, openReader, verifyArchive } from '../../src/datasets/index.ts'
import { StreambedError } from '../../src/error.ts'
import { preprocessingPreset } from '../../src/pictures/index.ts'
import { cifarRecord, makeCifar100LookAlike } from '../fixtures/cifar-look-alike.ts'

let data: string
let inside: string
let options: OpenOptions

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'cifar-'))
  inside = makeCifar100LookAlike(data)
  options = { data, cache: join(data, 'cache'), allowUnofficial: true }
})
afterEach(() => rmSync(data, { recursive: true, force: true }))

const refusal = async (work: Promise<unknown>): Promise<StreambedError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(StreambedError)
  return error as StreambedError
}

describe('a folder in the official layout', () => {
  test('two copies in another file order are the same dataset', async () => {
    const one = await openDataset('cifar-100', options)
    const path = join(inside, 'train.bin')
    const bytes = readFileSync(path)
    const half = 100 * 3074
    writeFileSync(path, Buffer.concat([bytes.subarray(half), bytes.subarray(0, half)]))
    const other = await openDataset('cifar-100', options)
    expect(other.id).toBe(one.id)
    expect(other.splits).toEqual(one.splits)
    expect(other.source).not.toEqual(one.source)
  })

  test('one changed pixel makes another dataset, even when the size stays', async () => {
    const one = await openDataset('cifar-100', options)
    const path = join(inside, 'test.bin')
    const bytes = readFileSync(path)
    bytes[3073] ^= 1
    writeFileSync(path, bytes)
    utimesSync(path, 1, 1)
    expect((await openDataset('cifar-100', options)).id).not.toBe(one.id)
  })

  test('the data folder may itself hold the files', async () => {
    const one = await openDataset('cifar-100', options)
    expect((await openDataset('cifar-100', { ...options, data: inside })).id).toBe(one.id)
  })

  test('the superclass of each image stays readable', async () => {
    const { splits, superclasses } = await openDataset('cifar-100', options)
    expect(superclasses?.names).toContain('aquatic_mammals')
    expect([...(superclasses?.of.train ?? [])]).toEqual(
      Array.from(splits.train.labels, (label) => label % 20),
    )
  })

  test('a reader gives the pixels of a canonical row, in whatever order rows are asked', async () => {
    const dataset = await openDataset('cifar-100', options)
    const native = { ...preprocessingPreset('nmc-224'), resize: null }
    const reader = openReader(dataset, native, { width: 32, height: 32 })
    const bytes = readFileSync(join(inside, 'train.bin'))
    const rows = [7, 199, 0, 7, 42]
    const into = new Uint8Array(rows.length * 3072)
    await reader.read('train', rows, into)
    reader.close()
    if (dataset.source.format !== 'cifar-binary') throw new Error('another format')
    for (const [place, row] of rows.entries()) {
      const at = dataset.source.records.train[row] * 3074 + 2
      expect(into.subarray(place * 3072, (place + 1) * 3072)).toEqual(
        new Uint8Array(bytes.subarray(at, at + 3072)),
      )
    }
  })

  test('a file that became shorter while it was used is named', async () => {
    const dataset = await openDataset('cifar-100', options)
    const reader = openReader(dataset, preprocessingPreset('nmc-224'), { width: 224, height: 224 })
    writeFileSync(join(inside, 'train.bin'), cifarRecord([0, 0], 'alone'))
    const error = await refusal(reader.read('train', [0, 1], new Uint8Array(6144)))
    reader.close()
    expect(error.code).toBe('data-changed')
  })
})

describe('what is wrong is said with the record', () => {
  test('a file that is cut off', async () => {
    const path = join(inside, 'train.bin')
    writeFileSync(path, readFileSync(path).subarray(0, 150 * 3074 + 1204))
    const error = await refusal(openDataset('cifar-100', options))
    expect(error.code).toBe('data-damaged')
    expect(error.what).toBe('Record 151 of train.bin is cut off after 1,204 of 3,074 bytes.')
  })

  test('a label of 100', async () => {
    const path = join(inside, 'train.bin')
    const bytes = readFileSync(path)
    bytes[16 * 3074 + 1] = 100
    writeFileSync(path, bytes)
    const error = await refusal(openDataset('cifar-100', options))
    expect(error.what).toBe('Record 17 of train.bin has the fine label 100; CIFAR-100 has 0 … 99.')
  })

  test('a file without bytes, a file that is not there, a folder that is not there', async () => {
    writeFileSync(join(inside, 'test.bin'), '')
    expect((await refusal(openDataset('cifar-100', options))).what).toBe('test.bin has no bytes.')
    rmSync(join(inside, 'test.bin'))
    expect((await refusal(openDataset('cifar-100', options))).what).toContain(
      'incomplete: test.bin is not there',
    )
    const error = await refusal(openDataset('cifar-100', { ...options, data: join(data, 'no') }))
    expect([error.code, error.mend]).toEqual([
      'data-missing',
      expect.stringContaining('streambed data get cifar-100'),
    ])
  })

  test('a list of class names that is not the published one', async () => {
    writeFileSync(join(inside, 'fine_label_names.txt'), 'apple\naquarium_fish\nbadger\n')
    const error = await refusal(openDataset('cifar-100', options))
    expect(error.what).toContain('Line 3 of fine_label_names.txt says “badger”')
  })

  test('any bytes whatever are read whole or refused by name, never taken for less', async () => {
    const path = join(data, 'any.bin')
    const layout = { title: 'Any', labels: [{ called: 'label', below: 10 }] }
    const arbitrary = fc.oneof(
      fc.uint8Array({ maxLength: 9000 }),
      fc
        .array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 3 })
        .map((labels) => Buffer.concat(labels.map((label, i) => cifarRecord([label], i)))),
    )
    await fc.assert(
      fc.asyncProperty(arbitrary, async (bytes) => {
        writeFileSync(path, bytes)
        const sound =
          bytes.length > 0 &&
          bytes.length % 3073 === 0 &&
          Array.from({ length: bytes.length / 3073 }, (_, i) => bytes[i * 3073]).every((label) => label < 10)
        if (sound) expect((await readRecords(path, layout)).labels.length).toBe(bytes.length / 3073)
        else expect((await refusal(readRecords(path, layout))).code).toBe('data-damaged')
      }),
      { numRuns: 60, seed: 3 },
    )
  })
})

test('files without the published checksum are used only when the user says so', async () => {
  const error = await refusal(openDataset('cifar-100', { ...options, allowUnofficial: false }))
  expect(error.code).toBe('data-unofficial')
  expect(error.what).toContain('content of these files is unknown')
  expect(error.mend).toContain('--allow-unofficial')
  const dataset = await openDataset('cifar-100', options)
  expect(dataset.status).toBe('unverified')
  expect(dataset.notes[0]).toContain('200 train and 100 test images where CIFAR-100 has 50,000 and 10,000')
})

test('exact duplicates within and between the splits are counted', async () => {
  const twice = cifarRecord([1, 1], 'twice')
  const train = readFileSync(join(inside, 'train.bin'))
  writeFileSync(join(inside, 'train.bin'), Buffer.concat([train, twice, twice]))
  writeFileSync(join(inside, 'test.bin'), Buffer.concat([readFileSync(join(inside, 'test.bin')), twice]))
  const { notes } = await openDataset('cifar-100', options)
  expect(notes.slice(1)).toEqual([
    '1 image stands in both train and test.',
    '1 image of train repeats another one exactly.',
  ])
})

test('an index with one flipped bit, or cut off anywhere, is built anew', async () => {
  const one = await openDataset('cifar-100', options)
  const folder = join(options.cache, 'indexes')
  const path = join(folder, readdirSync(folder)[0])
  const good = readFileSync(path)
  const flipped = Buffer.from(good)
  flipped[good.length - 5] ^= 4
  for (const bad of [flipped, good.subarray(0, 40), good.subarray(0, good.length - 1), Buffer.alloc(0)]) {
    writeFileSync(path, bad)
    expect((await openDataset('cifar-100', options)).id).toBe(one.id)
    expect(readFileSync(path).equals(good)).toBe(true)
  }
})

describe('an archive', () => {
  const pack = async () => {
    await create({ file: join(data, 'cifar-100-binary.tar.gz'), gzip: true, cwd: data }, ['cifar-100-binary'])
    rmSync(inside, { recursive: true })
  }

  test('is unpacked into the cache once and is the same dataset', async () => {
    const one = await openDataset('cifar-100', options)
    await pack()
    expect((await openDataset('cifar-100', options)).id).toBe(one.id)
    const unpacked = join(options.cache, 'unpacked')
    expect(readdirSync(unpacked)).toHaveLength(1)
    const receipt = join(unpacked, readdirSync(unpacked)[0], 'archive.json')
    const before = readFileSync(receipt, 'utf8')
    writeFileSync(receipt, before.replace(/[0-9a-f]{32}/, '0'.repeat(32))) // shows that it is not unpacked again
    await openDataset('cifar-100', options)
    expect(readFileSync(receipt, 'utf8')).not.toBe(before)
  })

  test('writes only its wanted files, whatever paths it has', async () => {
    writeFileSync(join(data, 'evil.txt'), 'x')
    await create(
      { file: join(data, 'cifar-100-binary.tar.gz'), gzip: true, cwd: inside, preservePaths: true },
      ['../evil.txt', 'train.bin', '../cifar-100-binary/test.bin'],
    )
    rmSync(inside, { recursive: true })
    await openDataset('cifar-100', options)
    const unpacked = join(options.cache, 'unpacked')
    expect(readdirSync(join(unpacked, readdirSync(unpacked)[0])).sort()).toEqual([
      'archive.json',
      'test.bin',
      'train.bin',
    ])
  })

  test('that is cut off is refused, and nothing half-unpacked stays', async () => {
    await pack()
    const path = join(data, 'cifar-100-binary.tar.gz')
    writeFileSync(path, readFileSync(path).subarray(0, 400_000))
    const error = await refusal(openDataset('cifar-100', options))
    expect(error.code).toBe('data-damaged')
    expect(readdirSync(join(options.cache, 'unpacked'))).toEqual([])
  })

  test('is verified by size and MD5', async () => {
    const path = join(data, 'a.tar.gz')
    writeFileSync(path, 'abc')
    const published = {
      url: 'https://example.org/a',
      file: 'a',
      bytes: 3,
      md5: '900150983cd24fb0d6963f7d28e17f72',
    }
    await verifyArchive(path, published)
    expect((await refusal(verifyArchive(path, { ...published, bytes: 4 }))).what).toContain('has 3 bytes')
    expect((await refusal(verifyArchive(path, { ...published, md5: 'f'.repeat(32) }))).what).toContain(
      'MD5 9001',
    )
  })
})

test('a mistyped name is answered with the nearest', async () => {
  const error = await refusal(openDataset('cifar100', options))
  expect([error.code, error.mend]).toEqual([
    'unknown-dataset',
    expect.stringContaining('Did you mean cifar-100?'),
  ])
})
