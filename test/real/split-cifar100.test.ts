import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Dataset, openDataset } from '../../src/datasets/index.ts'
import { checkLock, layStream, lockOf, publishedLock } from '../../src/streams/index.ts'

const data = process.env.STREAMBED_DATA
if (!data) console.warn('split-cifar100: skipped, as STREAMBED_DATA names no folder with CIFAR-100')

describe.skipIf(!data)('Split CIFAR-100 over the real images', () => {
  const cache = mkdtempSync(join(tmpdir(), 'streambed-'))
  afterAll(() => rmSync(cache, { recursive: true }))
  let opened: Promise<Dataset> | undefined
  const cifar100 = () => {
    opened ??= openDataset('cifar-100', { data: data!, cache, allowUnofficial: true })
    return opened
  }

  test.each([1993, 1996, 1997, 0, 1, 42])('order A-%i is the stream of its shipped lock', async (seed) => {
    const dataset = await cifar100()
    expect(dataset.status).not.toBe('unverified')
    const stream = layStream({ name: 'split-cifar100', tasks: 'B0-Inc10', order: `A-${seed}` }, dataset)
    const lock = publishedLock(stream)
    expect(lock?.order).toBe(`numpy:${seed}`)
    expect(checkLock(lock!, stream, dataset)).toBeUndefined()
    expect(lock?.id).toBe(stream.id)
  })

  test('the first task of A-1993 begins with road and palm tree, 5,000 images to learn and 1,000 to ask', async () => {
    const dataset = await cifar100()
    const lock = lockOf(layStream({ name: 'split-cifar100', order: 'A-1993' }, dataset), dataset)
    expect(lock.tasks[0].classes.slice(0, 2)).toEqual(['road', 'palm_tree'])
    expect(lock.tasks.map((task) => task.test)).toEqual(new Array(10).fill(1000))
    expect(lock.chunks.map((chunk) => chunk.images)).toEqual(new Array(10).fill(5000))
  })

  test('one image changed by one bit, and the lock says in which task', async () => {
    const dataset = await cifar100()
    const stream = layStream({ name: 'split-cifar100', order: 'A-1993' }, dataset)
    const hashes = dataset.splits.train.hashes.slice()
    hashes[16 * stream.chunks[6][123]] ^= 1
    const changed: Dataset = {
      ...dataset,
      splits: { ...dataset.splits, train: { ...dataset.splits.train, hashes } },
    }
    expect(checkLock(publishedLock(stream)!, stream, changed)).toMatch(/^training images of chunk 7: locked /)
  })
})
