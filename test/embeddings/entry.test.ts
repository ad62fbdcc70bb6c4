import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { coveredImages, missingBatches, verifiedCoverage } from '../../src/embeddings/coverage.ts'
import { openEffort, readEffort } from '../../src/embeddings/effort.ts'
import { readJournal } from '../../src/embeddings/journal.ts'
import { dataFile, effortFile, journalFile, type Layout } from '../../src/embeddings/layout.ts'
import { openStore } from '../../src/embeddings/store.ts'
import { openWriter } from '../../src/embeddings/writer.ts'

const layout: Layout = { dimension: 3, images: { train: 21, test: 10 }, batch: 4 }
const attempt = { at: '2026-01-01T00:00:00Z', streambed: '0', runtime: '0', cpu: 'a', threads: 1, batch: 4 }
const nothing = {
  embedded: 0,
  fromCache: 0,
  repeated: 0,
  repeatedSeconds: 0,
  seconds: 0,
  waitShare: undefined,
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streambed-entry-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const valueAt = (split: string, row: number, column: number) =>
  (split === 'train' ? 0 : 1000) + row + column / 8

/** Fills what is missing, a stretch for every two batches, and says how many images that were. */
async function fill(limit = Infinity): Promise<number> {
  const { coverage } = await verifiedCoverage(folder, layout)
  const writer = openWriter(folder, layout, attempt)
  let images = 0
  let batches = 0
  for (const batch of missingBatches(coverage, layout)) {
    if (images >= limit) break
    const values = Array.from({ length: batch.count * 3 }, (_, i) =>
      valueAt(batch.split, batch.from + Math.floor(i / 3), i % 3),
    )
    writer.add(batch, Float32Array.from(values))
    images += batch.count
    if (++batches % 2 === 0) writer.keep()
  }
  writer.keep()
  writer.close()
  return images
}

async function covered(): Promise<number> {
  return coveredImages((await verifiedCoverage(folder, layout)).coverage, layout)
}

function bytes(): string {
  return readFileSync(dataFile(folder, 'train'), 'hex') + readFileSync(dataFile(folder, 'test'), 'hex')
}

describe('an entry of the cache', () => {
  test('is empty before anything was written', async () => {
    expect(await covered()).toBe(0)
    const { coverage } = await verifiedCoverage(folder, layout)
    expect([...missingBatches(coverage, layout)].at(-1)).toEqual({ split: 'test', from: 8, count: 2 })
  })

  test('holds what was written, and the last batch may be short', async () => {
    expect(await fill()).toBe(31)
    expect(await covered()).toBe(31)
    const store = openStore(folder, 'key', layout, nothing)
    const into = new Float32Array(4 * 3 + 2).fill(-1)
    store.read('train', [20, 3, 4, 5], into, 1)
    store.close()
    const row = (r: number) => [0, 1, 2].map((column) => valueAt('train', r, column))
    expect([...into]).toEqual([-1, ...row(20), ...row(3), ...row(4), ...row(5), -1])
  })

  test('goes on where it stopped', async () => {
    expect(await fill(9)).toBe(12)
    expect(await covered()).toBe(12)
    expect(await fill()).toBe(19)
    expect(await covered()).toBe(31)
  })

  test('is computed again where a bit flipped, and nowhere else', async () => {
    await fill()
    const whole = bytes()
    const data = readFileSync(dataFile(folder, 'train'))
    data[9 * 12 + 1] ^= 0x10 // row 9, in the stretch of rows 8 … 15
    writeFileSync(dataFile(folder, 'train'), data)
    const { coverage, damaged } = await verifiedCoverage(folder, layout)
    expect(damaged).toEqual([{ split: 'train', from: 8, count: 8 }])
    expect([...coverage.train]).toEqual([1, 1, 0, 0, 1, 1])
    expect(await fill()).toBe(8)
    expect(bytes()).toBe(whole)
    expect((await verifiedCoverage(folder, layout)).damaged).toEqual([])
  })

  test('survives a journal cut at every byte, and loses the torn line only', async () => {
    await fill()
    const whole = bytes()
    const journal = readFileSync(journalFile(folder))
    const lines = journal.toString().trimEnd().split('\n')
    const start = journal.length - lines.at(-1)!.length - 1
    for (let length = start; length <= journal.length; length++) {
      writeFileSync(journalFile(folder), journal.subarray(0, length))
      const there = await covered()
      expect(there).toBe(length === journal.length ? 31 : 29)
      expect(await fill()).toBe(31 - there)
      expect(await covered()).toBe(31)
      expect(bytes()).toBe(whole)
    }
  })

  test('survives data cut at every byte', async () => {
    await fill()
    const whole = bytes()
    for (let length = 0; length < 21 * 12; length += 5) {
      truncateSync(dataFile(folder, 'train'), length)
      await fill()
      expect(await covered()).toBe(31)
      expect(bytes()).toBe(whole)
    }
  })

  test('believes no embedding because of a damaged journal, whatever byte was damaged', async () => {
    await fill()
    const whole = bytes()
    const journal = readFileSync(journalFile(folder))
    await fc.assert(
      fc.asyncProperty(fc.nat(journal.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const damaged = Buffer.from(journal)
        damaged[at] ^= flip
        writeFileSync(journalFile(folder), damaged)
        await fill()
        expect(await covered()).toBe(31)
        expect(bytes()).toBe(whole)
      }),
      { numRuns: 150, seed: 7 },
    )
  })

  test('does not take a stretch that is not whole batches of this layout', async () => {
    await fill()
    const twice = { ...layout, batch: 8, images: { train: 21, test: 10 } }
    const { coverage } = await verifiedCoverage(folder, twice)
    expect([...coverage.train]).toEqual([1, 1, 1])
    const other = { ...layout, batch: 5 }
    expect([...(await verifiedCoverage(folder, other)).coverage.train]).toEqual([0, 0, 0, 0, 0])
  })

  test('keeps who computed it, and counts lines that are none', async () => {
    await fill()
    appendFileSync(journalFile(folder), 'rubbish\n{"split":"valid","from":0,"rows":1}\n{"split":')
    const { attempts, damaged } = readJournal(journalFile(folder))
    expect(attempts).toEqual([attempt])
    expect(damaged).toBe(3)
  })
})

describe('reading stored embeddings', () => {
  test('refuses rows that are not there and answers that do not fit', async () => {
    await fill()
    const store = openStore(folder, 'key', layout, nothing)
    const into = new Float32Array(6)
    expect(() => store.read('test', [10], into)).toThrow(RangeError)
    expect(() => store.read('test', [9, 10], into)).toThrow('not all in 0 … 9')
    expect(() => store.read('test', [-1], into)).toThrow(RangeError)
    expect(() => store.read('test', [0.5], into)).toThrow(RangeError)
    expect(() => store.read('test', [0, 1, 2], into)).toThrow('do not fit 6 elements')
    store.close()
  })

  test('gives the same whatever order and company rows are asked in', async () => {
    await fill()
    const store = openStore(folder, 'key', layout, nothing)
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 60 }), (rows) => {
        const into = new Float32Array(rows.length * 3)
        store.read('train', Uint32Array.from(rows), into)
        rows.forEach((row, i) => {
          expect(into[i * 3 + 2]).toBe(valueAt('train', row, 2))
        })
      }),
      { numRuns: 50, seed: 3 },
    )
    store.close()
  })
})

test('begun work is counted when it begins, so a killed process leaves its share', () => {
  const path = effortFile(folder)
  expect(readEffort(path)).toBeUndefined()
  const effort = openEffort(path, { begun: 100, seconds: 2 })
  effort.begin(8)
  effort.spent(0.25)
  effort.begin(8)
  expect(readEffort(path)).toEqual({ begun: 116, seconds: 2.25 })
  effort.close()
  writeFileSync(path, '{"begun":')
  expect(readEffort(path)).toBeUndefined()
})
