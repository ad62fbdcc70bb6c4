import type { Needs } from '../method/index.ts'
import type { Scenario, Stream, StreamEvent } from '../streams/index.ts'
import { chance } from '../tensor/index.ts'

/** Side of its pictures, and numbers in one of its embeddings. */
export const side = 16
export const embeddingSize = 12

const tasks: readonly (readonly number[])[] = [[4, 1], [0, 3, 5], [2]]
const domains: readonly (readonly number[])[] = [
  [0, 1],
  [2, 3],
  [4, 5],
]
const perClass = { train: 20, test: 7 }

/** What is on each image, by split: class after class, 0 … 5. */
export const microLabels = { train: labelsOf('train'), test: labelsOf('test') }

/** A stream, and the stream labels of its rows. */
export interface MicroStream {
  stream: Stream
  labels: { train: Int32Array; test: Int32Array }
}

/**
 * Three tasks of 2, 3 and 1 classes, 20 training and 7 test images each; all seen so far are evaluated after each task.
 * Small enough to be walked many times, and uneven, so that offsets which happen to fit elsewhere don't here. A method that
 * is defined for domains alone gets the same images as two classes in three domains, all evaluated before the first and
 * after each.
 */
export function microStream({ scenarios = ['class-incremental'] }: Needs): MicroStream {
  const scenario = scenarios.includes('class-incremental') ? 'class-incremental' : (scenarios[0] as Scenario)
  const isOfClasses = scenario === 'class-incremental' || scenario === 'task-incremental'
  const labelOf = (label: number) => (isOfClasses ? label : label % 2)
  const rows = (split: 'train' | 'test', classes: readonly number[]) =>
    Uint32Array.from(
      [...microLabels[split].keys()].filter((row) => classes.includes(microLabels[split][row])),
    )
  const parts = isOfClasses ? tasks : domains
  const classesOf = (part: readonly number[]) => [...new Set(part.map(labelOf))]
  const events = parts.flatMap((part, task): StreamEvent[] => [
    ...(isOfClasses || task === 0 ? ([{ kind: 'classes', task, classes: classesOf(part) }] as const) : []),
    ...(isOfClasses || task > 0 ? [] : ([{ kind: 'evaluate', after: -1, sets: [0, 1, 2] }] as const)),
    { kind: 'learn', task, chunk: task },
    { kind: 'boundary', task },
    {
      kind: 'evaluate',
      after: task,
      sets: isOfClasses ? parts.slice(0, task + 1).map((_, at) => at) : [0, 1, 2],
    },
  ])
  return {
    stream: {
      name: 'micro',
      id: 'micro',
      family: 'micro',
      title: 'Micro',
      scenario,
      dataset: 'micro',
      order: { convention: 'natural', seed: null },
      classes: isOfClasses ? ['0', '1', '2', '3', '4', '5'] : ['even', 'odd'],
      labelOf: [0, 1, 2, 3, 4, 5].map(labelOf),
      tasks: parts.map((part) => ({ classes: classesOf(part), test: rows('test', part) })),
      events,
      chunks: parts.map((part) => rows('train', part)),
      notes: [],
    },
    labels: { train: microLabels.train.map(labelOf), test: microLabels.test.map(labelOf) },
  }
}

/** Around one centre a class, [rows × embeddingSize]. */
export const microEmbeddings = { train: embeddingsOf('train'), test: embeddingsOf('test') }

/** Patches of 4 × 4 pixels around those of the class, [rows × 3 × side × side]. */
export const microPictures = { train: picturesOf('train'), test: picturesOf('test') }

function labelsOf(split: 'train' | 'test'): Int32Array {
  return Int32Array.from({ length: 6 * perClass[split] }, (_, row) => Math.floor(row / perClass[split]))
}

function embeddingsOf(split: 'train' | 'test'): Float32Array {
  const all: number[] = []
  for (let label = 0; label < 6; label++) {
    const [centre, noise] = [chance('conformance', 'centre', label), chance('conformance', split, label)]
    const middle = Float32Array.from({ length: embeddingSize }, () => 2 + centre.normal())
    for (let i = 0; i < perClass[split]; i++)
      for (const value of middle) all.push(value + 0.7 * noise.normal())
  }
  return Float32Array.from(all)
}

function picturesOf(split: 'train' | 'test'): Uint8Array {
  const size = 3 * side * side
  const all = new Uint8Array(6 * perClass[split] * size)
  for (let label = 0, at = 0; label < 6; label++) {
    const [centre, noise] = [
      chance('conformance', 'patches', label),
      chance('conformance', 'pixels', split, label),
    ]
    const patches = Float32Array.from({ length: 3 * 16 }, () => 128 + 60 * centre.normal())
    for (let i = 0; i < perClass[split]; i++) {
      const own = patches.map((value) => value + 10 * noise.normal())
      for (let pixel = 0; pixel < size; pixel++) {
        const [colour, y, x] = [Math.floor(pixel / side ** 2), Math.floor(pixel / side) % side, pixel % side]
        all[at++] = Math.min(255, Math.max(0, own[16 * colour + 4 * Math.floor(y / 4) + Math.floor(x / 4)]))
      }
    }
  }
  return all
}
