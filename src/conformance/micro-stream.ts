import type { Needs } from '../method/index.ts'
import type { Scenario, Stream, StreamEvent } from '../streams/index.ts'
import { chance } from '../tensor/index.ts'

/** Side of its pictures, and numbers in one of its embeddings. */
export const side = 16
export const embeddingSize = 12

const tasks: readonly (readonly number[])[] = [[4, 1], [0, 3, 5], [2]]
const perClass = { train: 20, test: 7 }

/** Rows by split: class after class, 0 … 5. */
export const microLabels = { train: labelsOf('train'), test: labelsOf('test') }

/**
 * Three tasks of 2, 3 and 1 classes, 20 training and 7 test images each; all seen so far are evaluated after each task.
 * Small enough to be walked many times, and uneven, so that offsets which happen to fit elsewhere don't here.
 */
export function microStream({ scenarios }: Needs): Stream {
  const rows = (split: 'train' | 'test', classes: readonly number[]) =>
    Uint32Array.from(
      [...microLabels[split].keys()].filter((row) => classes.includes(microLabels[split][row])),
    )
  const wanted = scenarios ?? ['class-incremental']
  return {
    name: 'micro',
    id: 'micro',
    family: 'micro',
    title: 'Micro',
    scenario: (wanted.includes('class-incremental') ? 'class-incremental' : wanted[0]) as Scenario,
    dataset: 'micro',
    order: { convention: 'natural', seed: null },
    classes: ['0', '1', '2', '3', '4', '5'],
    labelOf: [0, 1, 2, 3, 4, 5],
    tasks: tasks.map((classes) => ({ classes, test: rows('test', classes) })),
    events: tasks.flatMap((classes, task): StreamEvent[] => [
      { kind: 'classes', task, classes },
      { kind: 'learn', task, chunk: task },
      { kind: 'boundary', task },
      { kind: 'evaluate', after: task, sets: tasks.slice(0, task + 1).map((_, at) => at) },
    ]),
    chunks: tasks.map((classes) => rows('train', classes)),
    notes: [],
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
