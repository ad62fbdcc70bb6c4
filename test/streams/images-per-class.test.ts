import { expect, test } from 'vitest'
import type { Dataset } from '../../src/datasets/index.ts'
import {
  classIncremental,
  defineStream,
  domainIncremental,
  layDeclared,
  lockName,
  type StreamDeclaration,
  taskIncremental,
} from '../../src/streams/index.ts'
import { madeDataset } from './made-dataset.ts'

const declare = (events: StreamDeclaration['events']) =>
  defineStream({
    name: 'made',
    title: 'Made',
    summary: '',
    source: '',
    dataset: 'made',
    order: 'natural',
    events,
  })

const six = madeDataset({ classes: 6, train: 9, test: 5 })
const byTwo = declare(classIncremental({ tasks: 'B0-Inc2' }))
const part = { train: 4, test: 2 }
const counts = (dataset: Dataset, split: 'train' | 'test', rows: Iterable<number>) => {
  const found = new Array<number>(dataset.classes.length).fill(0)
  for (const row of rows) found[dataset.splits[split].labels[row]]++
  return found
}

test('a part of a stream shows as many images of each class as were asked, and says so in its name', () => {
  const stream = layDeclared(byTwo, { images: part }, six)
  expect(
    counts(
      six,
      'train',
      stream.chunks.flatMap((rows) => [...rows]),
    ),
  ).toEqual([4, 4, 4, 4, 4, 4])
  expect(
    counts(
      six,
      'test',
      stream.tasks.flatMap((task) => [...task.test]),
    ),
  ).toEqual([2, 2, 2, 2, 2, 2])
  expect(stream.name).toBe('made/b0-inc2-4pc-2test')
  expect(stream.title).toBe('Made, B0-Inc2, 4 training and 2 test images a class')
  expect(stream.notes).toEqual([expect.stringMatching(/content hashes are the smallest/)])
  expect(lockName(stream)).toBe('made.b0-inc2-4pc-2test.natural.lock.json')
})

test('the images are those with the smallest hashes, in canonical order, whatever the class order', () => {
  const streams = ['natural', 'numpy:1993', 'torch:4'].map((order) =>
    layDeclared(byTwo, { order, images: part }, six),
  )
  const learned = streams.map(({ chunks }) => chunks.flatMap((rows) => [...rows]).sort((a, b) => a - b))
  expect(learned[1]).toEqual(learned[0])
  expect(learned[2]).toEqual(learned[0])
  const { labels } = six.splits.train
  for (let c = 0; c < 6; c++) {
    const own = Array.from(labels.keys()).filter((row) => labels[row] === c)
    expect(learned[0].filter((row) => labels[row] === c)).toEqual(own.slice(0, 4))
  }
  for (const rows of streams[1].chunks) expect([...rows]).toEqual([...rows].sort((a, b) => a - b))
})

test('another part is another stream of another family; one part in two orders is one family', () => {
  const of = (images?: { train?: number; test?: number }, order = 'numpy:1993') =>
    layDeclared(byTwo, { order, images }, six)
  const all = [of(), of({ train: 4 }), of({ test: 2 }), of(part), of({ train: 5, test: 2 })]
  expect(new Set(all.map(({ id }) => id)).size).toBe(5)
  expect(new Set(all.map(({ family }) => family)).size).toBe(5)
  expect(all.map(({ name }) => name.split('/')[1])).toEqual([
    'b0-inc2',
    'b0-inc2-4pc',
    'b0-inc2-2test',
    'b0-inc2-4pc-2test',
    'b0-inc2-5pc-2test',
  ])
  expect(of(part, 'numpy:7').family).toBe(of(part).family)
  expect(of(part, 'numpy:7').id).not.toBe(of(part).id)
})

test('asked for all there is, a stream is whole', () => {
  const whole = layDeclared(byTwo, {}, six)
  expect(layDeclared(byTwo, { images: { train: 9, test: 5 } }, six)).toEqual(whole)
  expect(layDeclared(byTwo, { images: {} }, six)).toEqual(whole)
})

test('a small part is within a larger one', () => {
  const of = (train: number) =>
    new Set(layDeclared(byTwo, { images: { train } }, six).chunks.flatMap((rows) => [...rows]))
  const larger = of(7)
  for (const row of of(3)) expect(larger.has(row)).toBe(true)
})

test('of a stream of domains, each task shows as many of each class', () => {
  const looks = madeDataset({ classes: 3, domains: 4, train: 6, test: 3 })
  const stream = layDeclared(declare(domainIncremental()), { images: part, order: 'torch:3' }, looks)
  for (const rows of stream.chunks) expect(counts(looks, 'train', rows)).toEqual([4, 4, 4])
  for (const task of stream.tasks) expect(counts(looks, 'test', task.test)).toEqual([2, 2, 2])
  expect(stream.name).toBe('made/4-domains-4pc-2test')
  expect(stream.title).toBe('Made, 4 domains, 4 training and 2 test images a class and task')
})

test('a task-incremental stream has parts as well', () => {
  const stream = layDeclared(declare(taskIncremental({ tasks: 3 })), { images: { train: 1 } }, six)
  expect(stream.chunks.map((rows) => rows.length)).toEqual([2, 2, 2])
  expect(stream.tasks.map((task) => task.test.length)).toEqual([10, 10, 10])
})

test('more images than there are is an error that says how many there are', () => {
  const where = 'suites/mine.yaml › streams[0]'
  expect(() => layDeclared(byTwo, { images: { train: 10 }, where }, six)).toThrowError(
    expect.objectContaining({
      code: 'stream-images-too-many',
      what: '10 training images a class were asked of Made, and there are 9 of every class.',
      where,
      mend: 'Ask for 9 or fewer, or leave images.train out to take all.',
    }),
  )
  // class 3 keeps only 2 of its test images
  let left = 2
  const labels = six.splits.test.labels.map((label) => (label === 3 && left-- <= 0 ? 1 : label))
  const uneven = { ...six, splits: { ...six.splits, test: { ...six.splits.test, labels } } }
  expect(() => layDeclared(byTwo, { images: { test: 4 } }, uneven)).toThrowError(
    expect.objectContaining({
      code: 'stream-images-too-many',
      what: '4 test images a class were asked of Made, and there are 2 of “class 3” to 8 of “class 1”.',
      mend: expect.stringContaining('2 or fewer'),
    }),
  )
  const looks = madeDataset({ classes: 3, domains: 2, train: 6 })
  const fewer = looks.domains!.of.train.map((domain, row) =>
    looks.splits.train.labels[row] ? domain : +(row > 20),
  )
  expect(() =>
    layDeclared(
      declare(domainIncremental()),
      { images: { train: 6 } },
      { ...looks, domains: { ...looks.domains!, of: { ...looks.domains!.of, train: fewer } } },
    ),
  ).toThrowError(expect.objectContaining({ what: expect.stringMatching(/“class 0” in “look \d” to/) }))
})
