import { expect, test } from 'vitest'
import { type Dataset, datasets } from '../../src/datasets/index.ts'
import {
  classIncremental,
  defineStream,
  domainIncremental,
  layDeclared,
  layStream,
  type Stream,
  type StreamDeclaration,
  type StreamEvent,
  streams,
  taskIncremental,
} from '../../src/streams/index.ts'
import { madeDataset } from './made-dataset.ts'

const declare = (events: StreamDeclaration['events'], more: Partial<StreamDeclaration> = {}) =>
  defineStream({
    name: 'made',
    title: 'Made',
    summary: '',
    source: '',
    dataset: 'made',
    order: 'natural',
    events,
    ...more,
  })

const six = madeDataset({ classes: 6 })
const byTwo = declare(classIncremental({ tasks: 'B0-Inc2' }))

const labelsOf = (stream: Stream, dataset: Dataset, split: 'train' | 'test', rows: Uint32Array) =>
  [...new Set(Array.from(rows, (row) => stream.labelOf[dataset.splits[split].labels[row]]))].sort(
    (a, b) => a - b,
  )

test('six classes make three tasks of two, each learned and then all seen ones evaluated', () => {
  const stream = layDeclared(byTwo, { order: 'numpy:1993' }, six)
  expect(stream.events).toEqual([
    { kind: 'classes', task: 0, classes: [0, 1] },
    { kind: 'learn', task: 0, chunk: 0 },
    { kind: 'boundary', task: 0 },
    { kind: 'evaluate', after: 0, sets: [0] },
    { kind: 'classes', task: 1, classes: [2, 3] },
    { kind: 'learn', task: 1, chunk: 1 },
    { kind: 'boundary', task: 1 },
    { kind: 'evaluate', after: 1, sets: [0, 1] },
    { kind: 'classes', task: 2, classes: [4, 5] },
    { kind: 'learn', task: 2, chunk: 2 },
    { kind: 'boundary', task: 2 },
    { kind: 'evaluate', after: 2, sets: [0, 1, 2] },
  ])
  expect(stream.name).toBe('made/b0-inc2')
  expect(stream.title).toBe('Made, B0-Inc2')
  expect(stream.scenario).toBe('class-incremental')
})

test('a task’s images show its classes and no others, and every image is in one chunk, in canonical order', () => {
  const stream = layDeclared(byTwo, { order: 'numpy:1993' }, six)
  for (const [task, { classes, test: rows }] of stream.tasks.entries()) {
    expect(labelsOf(stream, six, 'train', stream.chunks[task])).toEqual(classes)
    expect(labelsOf(stream, six, 'test', rows)).toEqual(classes)
    expect([...rows]).toEqual([...rows].sort((a, b) => a - b))
  }
  const learned = stream.chunks.flatMap((rows) => [...rows]).sort((a, b) => a - b)
  expect(learned).toEqual(Array.from({ length: six.splits.train.size }, (_, row) => row))
})

test('stream label i is the i-th class of the order', () => {
  const stream = layDeclared(byTwo, { order: 'numpy:1993' }, madeDataset({ classes: 10 }))
  expect(stream.classes.slice(0, 3)).toEqual(['class 4', 'class 2', 'class 7']) // 4 2 7 6 0 3 5 8 9 1
  expect(stream.labelOf[4]).toBe(0)
  expect(stream.labelOf[1]).toBe(9)
})

test('natural and shuffled order are two streams of two families (S4)', () => {
  const natural = layDeclared(byTwo, { order: 'natural' }, six)
  const shuffled = layDeclared(byTwo, { order: 'numpy:1993' }, six)
  expect(natural.id).not.toBe(shuffled.id)
  expect(natural.family).not.toBe(shuffled.family)
})

test('orders of one convention share a family and no id; other conventions, shapes and data do not', () => {
  const of = (order: string, dataset = six, tasks: string | number = 'B0-Inc2') =>
    layDeclared(byTwo, { order, tasks }, dataset)
  const [a, b] = [of('numpy:1993'), of('numpy:1996')]
  expect(a.family).toBe(b.family)
  expect(a.id).not.toBe(b.id)
  const others = [
    of('numpy-inverse:1993'),
    of('torch:1993'),
    of('python:1993'),
    of('numpy:1993', six, 2),
    of('numpy:1993', madeDataset({ classes: 6, train: 5 })),
    layDeclared(declare(taskIncremental({ tasks: 'B0-Inc2' })), { order: 'numpy:1993' }, six),
    layDeclared(
      declare(taskIncremental({ tasks: 'B0-Inc2', evaluate: 'all' })),
      { order: 'numpy:1993' },
      six,
    ),
  ]
  expect(new Set([a, ...others].map((stream) => stream.family)).size).toBe(others.length + 1)
  expect(new Set([a, b, ...others].map((stream) => stream.id)).size).toBe(others.length + 2)
})

test('asked for in three ways, the same stream has the same id', () => {
  const ids = (['B0-Inc2', 3, [2, 2, 2]] as const).map(
    (tasks) => layDeclared(byTwo, { tasks, order: 'E' }, six).id,
  )
  expect(new Set(ids).size).toBe(1)
})

test('domains come one after another, with all classes from the start', () => {
  const looks = madeDataset({ classes: 3, domains: 4 })
  const stream = layDeclared(declare(domainIncremental()), { order: 'natural' }, looks)
  expect(stream.tasks.map((task) => task.name)).toEqual(['look 0', 'look 1', 'look 2', 'look 3'])
  expect(stream.events.filter((event) => event.kind === 'classes')).toEqual([
    { kind: 'classes', task: 0, classes: [0, 1, 2] },
  ])
  expect(stream.events.at(-1)).toEqual({ kind: 'evaluate', after: 3, sets: [0, 1, 2, 3] })
  for (const [task, rows] of stream.chunks.entries()) {
    expect(new Set(Array.from(rows, (row) => looks.domains?.of.train[row]))).toEqual(new Set([task]))
  }
})

test('an order permutes domains, not classes', () => {
  const looks = madeDataset({ classes: 3, domains: 4 })
  const stream = layDeclared(declare(domainIncremental()), { order: 'torch:3' }, looks)
  const names = stream.tasks.map((task) => task.name)
  expect(names).not.toEqual([...names].sort())
  expect([...names].sort()).toEqual(looks.domains?.names)
  expect(stream.labelOf).toEqual([0, 1, 2])
})

test('asked to, tasks to come are evaluated too, and all once before the first', () => {
  const looks = madeDataset({ classes: 3, domains: 2 })
  const { events } = layDeclared(declare(domainIncremental({ evaluate: 'all' })), {}, looks)
  expect(
    events.flatMap((event) => (event.kind === 'evaluate' ? [[event.after, ...event.sets]] : [])),
  ).toEqual([
    [-1, 0, 1],
    [0, 0, 1],
    [1, 0, 1],
  ])
})

test('a prequential stream is the same kind of events: ask about the next chunk, then learn it', () => {
  const chunks = [0, 1, 2].map((i) => Uint32Array.from([2 * i, 2 * i + 1]))
  const classes = [0, 1, 2, 3, 4, 5]
  const events: StreamEvent[] = [
    { kind: 'classes', task: 0, classes },
    ...chunks.flatMap((_, task): StreamEvent[] => [
      { kind: 'evaluate', after: task - 1, sets: [task] },
      { kind: 'learn', task, chunk: task },
    ]),
  ]
  const online = declare({
    scenario: 'online',
    tasks: 3,
    parse: (tasks) => tasks,
    arrange: () => ({
      shape: { name: '3-chunks', title: '3 chunks' },
      permutation: classes,
      tasks: chunks.map((rows) => ({
        classes: [...new Set(Array.from(rows, (row) => six.splits.train.labels[row]))],
        test: rows,
        from: 'train' as const,
      })),
      chunks,
      events,
    }),
  })
  const stream = layDeclared(online, {}, six)
  const learned = new Set<number>()
  for (const event of stream.events) {
    if (event.kind === 'evaluate') {
      for (const set of event.sets)
        for (const row of stream.tasks[set].test) expect(learned.has(row)).toBe(false)
    }
    if (event.kind === 'learn') for (const row of stream.chunks[event.chunk]) learned.add(row)
  }
  expect(learned.size).toBe(6)
  expect(stream.id).not.toBe(layDeclared(byTwo, {}, six).id)
})

test.each(['train', 'test'] as const)('a class without %s images is an error that names it', (split) => {
  const lacking = madeDataset({ classes: 6, without: { split, label: 3 } })
  expect(() => layDeclared(byTwo, { where: 'suites/mine.yaml › streams[0]' }, lacking)).toThrowError(
    expect.objectContaining({
      code: 'class-empty',
      what: expect.stringContaining(`no ${split} image of “class 3”, which task 2 needs`),
      where: 'suites/mine.yaml › streams[0]',
    }),
  )
})

test('a class missing from one domain is an error that names both', () => {
  const looks = madeDataset({ classes: 2, domains: 2 })
  const dataset: Dataset = {
    ...looks,
    domains: {
      names: looks.domains!.names,
      // class 1 is drawn in look 0 alone
      of: {
        ...looks.domains!.of,
        train: Uint8Array.from(looks.splits.train.labels, (l, i) => (l ? 0 : i % 2)),
      },
    },
  }
  expect(() => layDeclared(declare(domainIncremental()), {}, dataset)).toThrowError(
    expect.objectContaining({
      code: 'class-empty',
      what: expect.stringMatching(/“class 1” in the domain “look 1”/),
    }),
  )
})

test('a dataset of one domain makes no stream of domains', () => {
  expect(() => layDeclared(declare(domainIncremental()), {}, six)).toThrowError(
    expect.objectContaining({ code: 'no-domains' }),
  )
})

test('two tasks can’t be had of four domains', () => {
  const looks = madeDataset({ classes: 3, domains: 4 })
  expect(() => layDeclared(declare(domainIncremental()), { tasks: 2 }, looks)).toThrowError(
    expect.objectContaining({ code: 'stream-does-not-divide' }),
  )
  expect(layDeclared(declare(domainIncremental()), { tasks: 4 }, looks).id).toBe(
    layDeclared(declare(domainIncremental()), {}, looks).id,
  )
})

test('fewer images or classes than the stream is declared over is an error, never a shorter stream', () => {
  const holds = { classes: 6, train: 4, test: 2 }
  const lay = (dataset: Dataset) => layDeclared(declare(byTwo.events, { holds }), {}, dataset)
  expect(lay(six).tasks).toHaveLength(3)
  const refused = (what: string) => expect.objectContaining({ code: 'stream-data-differs', what })
  expect(() => lay(madeDataset({ classes: 5 }))).toThrowError(
    refused('Made is over 6 classes, and here are 5.'),
  )
  expect(() => lay(madeDataset({ classes: 6, train: 3 }))).toThrowError(
    refused('Made has 4 train images a class, and here “class 0” has 3.'),
  )
  expect(() => lay(madeDataset({ classes: 6, without: { split: 'test', label: 2 } }))).toThrowError(
    refused('Made has 2 test images a class, and here “class 2” has 0.'),
  )
})

test('a misspelt stream is answered with the nearest one', () => {
  expect(() => layStream({ name: 'split-cifar-100' }, six)).toThrowError(
    expect.objectContaining({
      code: 'unknown-stream',
      what: expect.stringContaining('Did you mean split-cifar100?'),
    }),
  )
})

test('every declared stream can read its own defaults', () => {
  for (const stream of streams) {
    const { events, holds, title } = stream
    expect(() => events.parse(events.tasks, { classes: holds?.classes, title })).not.toThrow()
    expect(stream.source).not.toBe('')
  }
  expect(new Set(streams.map((stream) => stream.name)).size).toBe(streams.length)
})

test('every declared stream is of a dataset on the shelf', () => {
  const known = datasets.map(({ name }) => name)
  expect(streams.map((stream) => stream.dataset).filter((name) => !known.includes(name))).toEqual([])
})
