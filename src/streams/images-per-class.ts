import type { Dataset, Split } from '../datasets/index.ts'
import { StreambedError } from '../error.ts'
import type { Arranged } from './declaration.ts'
import type { StreamTask } from './stream.ts'

/** How many images of each class a stream takes, of each split; absent means all. */
export interface ImagesPerClass {
  readonly train?: number
  readonly test?: number
}

/** A part of a stream, and how its name tells it from the whole. */
export interface Part {
  arranged: Arranged
  /** What was cut down; a split of which all was asked is whole, and not in it. */
  images?: ImagesPerClass
}

/**
 * Takes of every class in every task the images whose content hashes are the smallest, as many as asked.
 *
 * Which these are depends on the pixels alone: not on the order of files, and not on the order of classes. So a
 * smaller part is within a larger one, and streams of one family show the same images.
 *
 * @throws stream-images-too-many, saying how many there are
 */
export function partOf(arranged: Arranged, dataset: Dataset, asked: ImagesPerClass, where?: string): Part {
  const { tasks, chunks, events, permutation } = arranged
  const learned = tasks.map((_, task) =>
    events.flatMap((event) => (event.kind === 'learn' && event.task === task ? [event.chunk] : [])),
  )
  const trained = tasks.map((task, i) => ({ task, rows: learned[i].flatMap((chunk) => [...chunks[chunk]]) }))
  const tested = tasks.map((task) => ({ task, rows: [...task.test] }))
  const train = cut('train', asked.train, trained)
  const test = cut('test', asked.test, tested)
  if (train === undefined && test === undefined) return { arranged }

  const shape = named(arranged.shape, { train: train && asked.train, test: test && asked.test }, tasks)
  return {
    arranged: {
      ...arranged,
      shape,
      chunks: train
        ? chunks.map((rows, chunk) => {
            const task = learned.findIndex((own) => own.includes(chunk))
            return task < 0 ? rows : rows.filter((row) => train[task].has(row))
          })
        : chunks,
      tasks: test
        ? tasks.map((task, i) => ({ ...task, test: task.test.filter((row) => test[i].has(row)) }))
        : tasks,
    },
    images: { ...(train && { train: asked.train }), ...(test && { test: asked.test }) },
  }

  /** The rows kept of each task, or `undefined` where that is all of them. */
  function cut(
    split: Split,
    count: number | undefined,
    shown: readonly { task: StreamTask; rows: readonly number[] }[],
  ): ReadonlySet<number>[] | undefined {
    if (count === undefined) return undefined
    const found: { class: number; task: StreamTask; rows: number[] }[] = []
    const kept = shown.map(({ task, rows }) => {
      const { labels } = dataset.splits[split === 'test' ? (task.from ?? 'test') : 'train']
      const ofClass = new Map<number, number[]>(task.classes.map((label) => [permutation[label], []]))
      // Rows are numbered by their content hashes.
      for (const row of [...new Set(rows)].sort((a, b) => a - b)) ofClass.get(labels[row])?.push(row)
      for (const [c, own] of ofClass) found.push({ class: c, task, rows: own })
      return new Set([...ofClass.values()].flatMap((own) => own.slice(0, count)))
    })
    const least = found.reduce((a, b) => (b.rows.length < a.rows.length ? b : a))
    const most = found.reduce((a, b) => (b.rows.length > a.rows.length ? b : a))
    if (least.rows.length < count) {
      const kind = split === 'train' ? 'training' : 'test'
      const there =
        least.rows.length === most.rows.length
          ? `${most.rows.length} of every class`
          : `${least.rows.length} of ${nameOf(least)} to ${most.rows.length} of ${nameOf(most)}`
      throw new StreambedError('stream-images-too-many', {
        what: `${count} ${kind} images a class were asked of ${dataset.title}, and there are ${there}.`,
        where,
        mend: `Ask for ${least.rows.length} or fewer, or leave images.${split} out to take all.`,
      })
    }
    return most.rows.length === count ? undefined : kept
  }

  function nameOf(group: { class: number; task: StreamTask }): string {
    const { name } = group.task
    return `“${dataset.classes[group.class]}”${name === undefined ? '' : ` in “${name}”`}`
  }
}

/** `b0-inc10` with 100 training and 20 test images: `b0-inc10-100pc-20test`, pc for per class. */
function named(
  { name, title }: Arranged['shape'],
  { train, test }: ImagesPerClass,
  tasks: readonly StreamTask[],
): Arranged['shape'] {
  const words = [train && `${train} training`, test && `${test} test`].filter((part) => part !== undefined)
  const each = tasks.some((task) => task.name !== undefined) ? 'a class and task' : 'a class'
  return {
    name: [name, train && `${train}pc`, test && `${test}test`].filter(Boolean).join('-'),
    title: `${title}, ${words.join(' and ')} images ${each}`,
  }
}
