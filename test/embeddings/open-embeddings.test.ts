import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type EmbeddingQuestion,
  type ExtractionProgress,
  embeddingKey,
  embeddingsOutstanding,
  listCache,
  openEmbeddings,
  pruneCache,
  verifyCache,
} from '../../src/embeddings/index.ts'
import { dataFile, lockFile } from '../../src/embeddings/layout.ts'
import { withLock } from '../../src/files/index.ts'
import { firstNumber, recordOf, smallQuestion } from './small-question.ts'

let folder: string
let cache: string
let question: EmbeddingQuestion
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streambed-embeddings-'))
  cache = join(folder, 'cache')
  question = smallQuestion(folder, { train: 45, test: 13 })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const entryOf = (asked: EmbeddingQuestion) => join(cache, 'embeddings', embeddingKey(asked))

describe('embeddings of a dataset', () => {
  test('are those of the right images, the short last batch included', async () => {
    const store = await openEmbeddings({ ...question, cache, threads: 1 })
    const into = new Float32Array(16)
    for (const row of [0, 7, 8, 40, 44]) {
      store.read('train', [row], into)
      expect(into[0]).toBeCloseTo(firstNumber(recordOf(row)), 2)
    }
    store.read('test', [12], into)
    expect(into[0]).toBeCloseTo(firstNumber(recordOf(12)), 2)
    store.close()
    expect(store.spent).toMatchObject({ embedded: 58, fromCache: 0, repeated: 0 })
  })

  test('are computed once and then come from the cache', async () => {
    const first = await openEmbeddings({ ...question, cache, threads: 1 })
    first.close()
    const told: ExtractionProgress[] = []
    const again = await openEmbeddings({ ...question, cache, threads: 1, onProgress: (p) => told.push(p) })
    again.close()
    expect(again.spent).toEqual({
      embedded: 0,
      fromCache: 58,
      repeated: 0,
      repeatedSeconds: 0,
      seconds: 0,
      waitShare: undefined,
    })
    expect(told).toEqual([])
    expect(embeddingsOutstanding({ ...question, cache })).toMatchObject({ images: 0, total: 58, bytes: 0 })
  })

  test('have one address for each thing that moves a bit, and one only', () => {
    const { dataset, backbone, preprocessing } = question
    const key = embeddingKey(question)
    expect(embeddingKey({ ...question, dataset: { ...dataset, title: 'Else', notes: ['x'] } })).toBe(key)
    expect(embeddingKey({ ...question, backbone: { ...backbone, path: '/else', name: 'else' } })).toBe(key)
    const others = [
      { ...question, dataset: { ...dataset, id: '0' } },
      { ...question, backbone: { ...backbone, sha256: '0' } },
      { ...question, backbone: { ...backbone, dimension: 15 } },
      { ...question, preprocessing: { ...preprocessing, divisor: 256 } },
      { ...question, preprocessing: { ...preprocessing, colour: 'bgr' as const } },
    ]
    expect(new Set([key, ...others.map(embeddingKey)]).size).toBe(6)
  })

  test('are rebuilt where the disk lost a bit, and only there', async () => {
    const store = await openEmbeddings({ ...question, cache, threads: 1 })
    store.close()
    const path = dataFile(entryOf(question), 'test')
    const whole = readFileSync(path)
    const damaged = Buffer.from(whole)
    damaged[100] ^= 1
    writeFileSync(path, damaged)
    expect(await verifyCache(cache)).toEqual([{ key: store.key, damagedImages: 13 }])
    const mended = await openEmbeddings({ ...question, cache, threads: 1 })
    mended.close()
    expect(mended.spent).toMatchObject({ embedded: 13, fromCache: 45, repeated: 0 })
    expect(readFileSync(path).equals(whole)).toBe(true)
    expect(await verifyCache(cache)).toEqual([{ key: store.key, damagedImages: 0 }])
  })

  test('tell how far they are, to the last image', async () => {
    const told: ExtractionProgress[] = []
    const store = await openEmbeddings({ ...question, cache, threads: 1, onProgress: (p) => told.push(p) })
    store.close()
    const last = told.at(-1)!
    expect(last).toMatchObject({ done: 58, total: 58 })
    expect(last.imagesPerSecond).toBeGreaterThan(0)
    expect(last.waitShare).toBeGreaterThanOrEqual(0)
    expect(last.waitShare).toBeLessThanOrEqual(1)
  })

  test('are not written for a broken picture, whose error comes through; what came before it is kept', async () => {
    const files = [join(folder, 'broken.jpg')]
    writeFileSync(files[0], 'no picture')
    const broken = smallQuestion(folder, { train: 5, test: 1, files })
    const opening = openEmbeddings({ ...broken, cache, threads: 1 })
    await expect(opening).rejects.toMatchObject({
      name: 'StreambedError',
      where: expect.stringContaining('broken.jpg'),
    })
    expect(listCache(cache)[0]).toMatchObject({ state: 'partial', images: 0, total: 6 })
  })

  test('refuse a backbone that makes no number of an image', async () => {
    const { passport } = question.backbone
    const std = [1e-45, 1, 1] as [number, number, number] // 1 / (255 × std) is infinite in float32
    const infinite = { ...question, preprocessing: { ...passport.preprocessing, std } }
    await expect(openEmbeddings({ ...infinite, cache, threads: 1 })).rejects.toMatchObject({
      code: 'embedding-not-finite',
      where: 'train image 1',
    })
  })
})

describe('an interruption', () => {
  test('stops within a batch and keeps what is finished', async () => {
    const slow = smallQuestion(folder, { train: 8000, test: 8, layers: 6 })
    const stop = new AbortController()
    let done = 0
    const opening = openEmbeddings({
      ...slow,
      cache,
      threads: 1,
      signal: stop.signal,
      onProgress(progress) {
        done = progress.done
        stop.abort()
      },
    })
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' })
    expect(done).toBeGreaterThan(0)
    expect(done).toBeLessThan(8008)
    const { images } = embeddingsOutstanding({ ...slow, cache })
    expect(8008 - images).toBe(done)
    expect(readdirSync(join(cache, 'embeddings')).filter((name) => name.endsWith('.lock'))).toEqual([])
  })

  test('before the start computes nothing', async () => {
    const signal = AbortSignal.abort()
    await expect(openEmbeddings({ ...question, cache, threads: 1, signal })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
})

describe('the cache', () => {
  test('lists what it holds, the most recently used first, and frees what is named', async () => {
    const other = { ...question, preprocessing: { ...question.preprocessing, divisor: 256 } }
    for (const asked of [question, other]) (await openEmbeddings({ ...asked, cache, threads: 1 })).close()
    const old = new Date(Date.now() - 40 * 86_400_000)
    utimesSync(join(entryOf(question), 'about.json'), old, old)

    const [first, second] = listCache(cache)
    expect([first.key, second.key]).toEqual([embeddingKey(other), embeddingKey(question)])
    expect(first).toMatchObject({
      state: 'complete',
      title: 'Small net on Small',
      dataset: 'small',
      backbone: 'small',
      dimension: 16,
      images: 58,
      total: 58,
    })
    expect(first.bytes).toBeGreaterThan(58 * 16 * 4)

    expect((await pruneCache(cache, {})).removed).toEqual([])
    const pruned = await pruneCache(cache, { olderThanDays: 30 })
    expect(pruned.removed.map(({ key }) => key)).toEqual([embeddingKey(question)])
    expect(pruned.freedBytes).toBe(second.bytes)
    expect(listCache(cache)).toHaveLength(1)
    await expect(pruneCache(cache, { key: '0123456789abcdef' })).rejects.toMatchObject({
      code: 'cache-entry-unknown',
    })
    await pruneCache(cache, { all: true })
    expect(readdirSync(join(cache, 'embeddings'))).toEqual([])
  })

  test('keeps an entry that somebody is computing', async () => {
    const store = await openEmbeddings({ ...question, cache, threads: 1 })
    store.close()
    await withLock(lockFile(entryOf(question)), async () => {
      expect(await pruneCache(cache, { all: true })).toMatchObject({ removed: [], busy: [store.key] })
    })
    expect(listCache(cache)).toHaveLength(1)
  })

  test('of one that is read can be freed, and reading goes on', async () => {
    const store = await openEmbeddings({ ...question, cache, threads: 1 })
    await pruneCache(cache, { all: true })
    const into = new Float32Array(16)
    store.read('train', [44], into)
    expect(into[0]).toBeCloseTo(firstNumber(recordOf(44)), 2)
    store.close()
  })

  test('uses an entry whose description was damaged, and describes it anew', async () => {
    ;(await openEmbeddings({ ...question, cache, threads: 1 })).close()
    writeFileSync(join(entryOf(question), 'about.json'), '{"version":')
    expect(listCache(cache)[0]).toMatchObject({ state: 'unreadable', title: undefined, images: undefined })
    const store = await openEmbeddings({ ...question, cache, threads: 1 })
    store.close()
    expect(store.spent.fromCache).toBe(58)
    expect(listCache(cache)[0].state).toBe('complete')
  })

  test('that is empty or absent lists nothing', () => {
    expect(listCache(join(folder, 'nowhere'))).toEqual([])
  })
})
