import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Dataset } from '../datasets/index.ts'
import { packageRoot } from '../files/index.ts'
import { canonicalJson } from '../identity/index.ts'
import { inverseOf, orderName } from './class-order.ts'
import { rootsOf, type StreamRoots } from './roots.ts'
import type { Scenario, Stream, StreamEvent } from './stream.ts'

/** All that makes one stream this stream, as plain JSON: one lockfile an order. */
export interface StreamLock {
  version: 1
  stream: string
  id: string
  family: string
  scenario: Scenario
  dataset: { name: string; id: string }
  /** `numpy:1993` */
  order: string
  /** [classes] entry i is the dataset's class with stream label i. */
  permutation: readonly number[]
  tasks: readonly { name?: string; classes: readonly string[]; test: number; testRoot: string }[]
  /** `root`: the Merkle root of the ordered leaves (16 bytes of the image's hash, label as 2 bytes, low first). */
  chunks: readonly { images: number; root: string }[]
  events: readonly StreamEvent[]
}

/** The lock of a stream over the dataset that it was laid over. Costs two hashes an image. */
export function lockOf(stream: Stream, dataset: Dataset): StreamLock {
  return lockFrom(stream, dataset, rootsOf(stream, dataset))
}

export function lockFrom(stream: Stream, dataset: Dataset, roots: StreamRoots): StreamLock {
  return {
    version: 1,
    stream: stream.name,
    id: stream.id,
    family: stream.family,
    scenario: stream.scenario,
    dataset: { name: dataset.name, id: dataset.id },
    order: orderName(stream.order),
    permutation: inverseOf(stream.labelOf),
    tasks: stream.tasks.map((task, i) => ({
      ...(task.name === undefined ? {} : { name: task.name }),
      classes: task.classes.map((label) => stream.classes[label]),
      test: task.test.length,
      testRoot: roots.tests[i],
    })),
    chunks: stream.chunks.map((rows, i) => ({ images: rows.length, root: roots.chunks[i] })),
    events: stream.events,
  }
}

/** `split-cifar100.b0-inc10.numpy-1993.lock.json` */
export function lockName(stream: Pick<Stream, 'name' | 'order'>): string {
  return `${stream.name.replace('/', '.')}.${orderName(stream.order).replace(':', '-')}.lock.json`
}

/** JSON for people: lists of plain values on one line. */
export function lockText(lock: StreamLock): string {
  const lists = /\[\s+((?:"(?:[^"\\]|\\.)*"|-?\d+)(?:,\s+(?:"(?:[^"\\]|\\.)*"|-?\d+))*)\s+\]/g
  const text = JSON.stringify(lock, null, 2).replace(lists, (_, items: string) => {
    return `[${items.replace(/,\n\s+/g, ', ')}]`
  })
  return `${text}\n`
}

/** The lockfile that comes with Streambed for this stream, if there is one. */
export function publishedLock(stream: Pick<Stream, 'name' | 'order'>): StreamLock | undefined {
  const file = join(packageRoot, 'src/streams/locks', lockName(stream))
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as StreamLock) : undefined
}

/** Does a stream agree with a lock? The first difference in words, or `undefined` where there is none. */
export function checkLock(lock: StreamLock, stream: Stream, dataset: Dataset): string | undefined {
  return firstDifference(lock, lockOf(stream, dataset))
}

/** The first thing in which two locks differ, from the general to the particular. */
export function firstDifference(locked: StreamLock, found: StreamLock): string | undefined {
  const differs = (name: string, a: unknown, b: unknown) =>
    canonicalJson(a) === canonicalJson(b) ? undefined : `${name}: locked ${shown(a)}, found ${shown(b)}.`
  const eachOf = <T>(
    name: string,
    a: readonly T[],
    b: readonly T[],
    compare: (at: number) => string | undefined,
  ) => {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const difference = compare(i)
      if (difference) return difference
    }
    return differs(`number of ${name}`, a.length, b.length)
  }
  return (
    differs('stream', locked.stream, found.stream) ??
    differs('scenario', locked.scenario, found.scenario) ??
    differs('order', locked.order, found.order) ??
    eachOf('classes', locked.permutation, found.permutation, (i) =>
      differs(`class of label ${i}`, locked.permutation[i], found.permutation[i]),
    ) ??
    eachOf('tasks', locked.tasks, found.tasks, (i) => {
      const [a, b] = [locked.tasks[i], found.tasks[i]]
      return (
        differs(`name of task ${i + 1}`, a.name ?? null, b.name ?? null) ??
        differs(`classes of task ${i + 1}`, a.classes, b.classes) ??
        differs(`number of test images of task ${i + 1}`, a.test, b.test)
      )
    }) ??
    eachOf('chunks', locked.chunks, found.chunks, (i) =>
      differs(`number of training images of chunk ${i + 1}`, locked.chunks[i].images, found.chunks[i].images),
    ) ??
    eachOf('events', locked.events, found.events, (i) =>
      differs(`event ${i + 1}`, locked.events[i], found.events[i]),
    ) ??
    eachOf('chunks', locked.chunks, found.chunks, (i) =>
      differs(`training images of chunk ${i + 1}`, locked.chunks[i].root, found.chunks[i].root),
    ) ??
    eachOf('tasks', locked.tasks, found.tasks, (i) =>
      differs(`test images of task ${i + 1}`, locked.tasks[i].testRoot, found.tasks[i].testRoot),
    ) ??
    differs('dataset', locked.dataset, found.dataset) ??
    differs('identity', locked.id, found.id) ??
    differs('family', locked.family, found.family)
  )
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : canonicalJson(value)
  return text.length > 90 ? `${text.slice(0, 89)}…` : text
}
