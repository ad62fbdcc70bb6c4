import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { merkleRoot } from '../../src/identity/index.ts'
import {
  checkLock,
  classIncremental,
  defineStream,
  layDeclared,
  lockName,
  lockOf,
  lockText,
  streams,
} from '../../src/streams/index.ts'
import { madeDataset } from './made-dataset.ts'

const byTwo = defineStream({
  name: 'made',
  title: 'Made',
  summary: '',
  source: '',
  dataset: 'made',
  order: 'natural',
  events: classIncremental({ tasks: 'B0-Inc2' }),
})
const six = madeDataset({ classes: 6 })
const stream = layDeclared(byTwo, { order: 'numpy:1993' }, six)
const lock = lockOf(stream, six)

test('a lock survives being written and read, and its file is named for the stream and its order', () => {
  expect(JSON.parse(lockText(lock))).toEqual(JSON.parse(JSON.stringify(lock)))
  expect(lockName(stream)).toBe('made.b0-inc2.numpy-1993.lock.json')
  expect(lockText(lock).split('\n').length).toBeLessThan(110)
})

test('a chunk’s root can be computed by hand from the hashes and labels', () => {
  const leaves = Buffer.concat(
    Array.from(stream.chunks[1], (row) => {
      const label = stream.labelOf[six.splits.train.labels[row]]
      return Buffer.concat([
        six.splits.train.hashes.subarray(row * 16, row * 16 + 16),
        Buffer.of(label & 255, label >> 8),
      ])
    }),
  )
  expect(lock.chunks[1]).toEqual({ images: 8, root: merkleRoot(leaves, 18) })
})

test('the stream that was locked agrees with its lock', () => {
  expect(checkLock(lock, stream, six)).toBeUndefined()
  expect(checkLock(JSON.parse(lockText(lock)), stream, six)).toBeUndefined()
})

test('a lock names the first thing that differs', () => {
  const against = (order: string, dataset = six, tasks = 'B0-Inc2') =>
    checkLock(lock, layDeclared(byTwo, { order, tasks }, dataset), dataset)
  expect(against('numpy:1996')).toBe('order: locked numpy:1993, found numpy:1996.')
  expect(against('numpy:1993', six, 'B0-Inc3')).toBe('stream: locked made/b0-inc2, found made/b0-inc3.')
  expect(against('numpy:1993', madeDataset({ classes: 6, train: 5 }))).toBe(
    'number of training images of chunk 1: locked 8, found 10.',
  )
  const other = madeDataset({ classes: 6 })
  other.splits.test.hashes[16 * stream.tasks[2].test[0]] ^= 1
  expect(against('numpy:1993', other)).toMatch(
    /^test images of task 3: locked [0-9a-f]{64}, found [0-9a-f]{64}\.$/,
  )
})

test('images of published streams that disagree with the shipped lock are refused', () => {
  const dataset = madeDataset({
    classes: 100,
    train: 500,
    test: 100,
    name: 'cifar-100',
    status: 'same-images',
  })
  const cifar = streams.find((entry) => entry.name === 'split-cifar100')!
  const shipped = readdirSync(new URL('../../src/streams/locks', import.meta.url))
  expect(shipped).toContain('split-cifar100.b0-inc10.numpy-1993.lock.json')
  expect(() => layDeclared(cifar, {}, dataset)).toThrowError(
    expect.objectContaining({
      code: 'stream-lock-differs',
      what: expect.stringContaining('classes of task 1: locked '),
    }),
  )
  expect(layDeclared(cifar, {}, { ...dataset, status: 'unverified' }).tasks).toHaveLength(10)
})
