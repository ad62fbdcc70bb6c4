import { expect, test } from 'vitest'
import type { Dataset, Split } from '../../src/datasets/index.ts'
import {
  classIncremental,
  defineStream,
  domainIncremental,
  layDeclared,
  lockOf,
  overShownImages,
  type StreamDeclaration,
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
const byTwo = declare(classIncremental({ tasks: 'B0-Inc2' }))
const images = { train: 4, test: 2 }

/** A made dataset whose images come from numbered files. */
function withFiles(dataset: Dataset): Dataset {
  const paths = (split: Split) =>
    Array.from({ length: dataset.splits[split].size }, (_, row) => `${split} ${row}`)
  return { ...dataset, source: { format: 'files', paths: { train: paths('train'), test: paths('test') } } }
}
const six = withFiles(madeDataset({ classes: 6, train: 9, test: 5 }))

const hashesOf = ({ splits }: Dataset, split: Split, rows: Uint32Array) =>
  Array.from(rows, (row) =>
    Buffer.from(splits[split].hashes.subarray(16 * row, 16 * row + 16)).toString('hex'),
  )

test('a part of a stream over the images that it shows is the same stream of the same images', () => {
  const whole = layDeclared(byTwo, { images, order: 'numpy:3' }, six)
  const { stream, dataset } = overShownImages(whole, six)
  expect(dataset.splits.train.size).toBe(24)
  expect(dataset.splits.test.size).toBe(12)
  expect(dataset.id).not.toBe(six.id)
  expect({ ...stream, chunks: [], tasks: [] }).toEqual({ ...whole, chunks: [], tasks: [] })
  for (const [task, rows] of stream.chunks.entries()) {
    expect(hashesOf(dataset, 'train', rows)).toEqual(hashesOf(six, 'train', whole.chunks[task]))
    expect(hashesOf(dataset, 'test', stream.tasks[task].test)).toEqual(
      hashesOf(six, 'test', whole.tasks[task].test),
    )
  }
  const [before, after] = [lockOf(whole, six), lockOf(stream, dataset)]
  expect({ ...after, dataset: null }).toEqual({ ...before, dataset: null })
})

test('labels, domains and files stay with their images', () => {
  const looks = withFiles(madeDataset({ classes: 3, domains: 4, train: 5, test: 3 }))
  const whole = layDeclared(declare(domainIncremental()), { images: { train: 2 } }, looks)
  const { stream, dataset } = overShownImages(whole, looks)
  if (dataset.source.format !== 'files') throw new Error('read from files')
  for (const [row, path] of dataset.source.paths.train.entries()) {
    const before = Number(path.split(' ')[1])
    expect(dataset.splits.train.labels[row]).toBe(looks.splits.train.labels[before])
    expect(dataset.domains!.of.train[row]).toBe(looks.domains!.of.train[before])
  }
  expect(dataset.splits.test.size).toBe(looks.splits.test.size)
  expect(stream.chunks.every((rows) => rows.length === 6)).toBe(true)
})

test('class orders of one family share the images, and so their embeddings', () => {
  const ids = ['natural', 'numpy:3', 'torch:1'].map(
    (order) => overShownImages(layDeclared(byTwo, { images, order }, six), six).dataset.id,
  )
  expect(new Set(ids).size).toBe(1)
})

test('a stream that shows all is left as it is', () => {
  const whole = layDeclared(byTwo, {}, six)
  const same = overShownImages(whole, six)
  expect(same.stream).toBe(whole)
  expect(same.dataset).toBe(six)
})
