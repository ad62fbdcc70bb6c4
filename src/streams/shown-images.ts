import { type Dataset, type Split, someImages } from '../datasets/index.ts'
import type { Stream } from './stream.ts'

/**
 * A stream over the images that it shows and no others, so that a part of a dataset costs a part of the embeddings.
 *
 * The stream stays the same (its id is that of contents); rows are those of the smaller dataset. Where all images are
 * shown, both come back as they are. Streams that show the same images in another order share the dataset's id.
 */
export function overShownImages(stream: Stream, dataset: Dataset): { stream: Stream; dataset: Dataset } {
  const shown = { train: new Set<number>(), test: new Set<number>() }
  for (const rows of stream.chunks) for (const row of rows) shown.train.add(row)
  for (const task of stream.tasks) for (const row of task.test) shown[task.from ?? 'test'].add(row)
  const { train, test } = dataset.splits
  if (shown.train.size === train.size && shown.test.size === test.size) return { stream, dataset }

  const ascending = (split: Split) => Uint32Array.from(shown[split]).sort()
  const rows = { train: ascending('train'), test: ascending('test') }
  const places = {
    train: new Map(Array.from(rows.train, (row, place) => [row, place])),
    test: new Map(Array.from(rows.test, (row, place) => [row, place])),
  }
  const renumbered = (split: Split, some: Uint32Array) => some.map((row) => places[split].get(row)!)
  return {
    dataset: someImages(dataset, rows),
    stream: {
      ...stream,
      chunks: stream.chunks.map((chunk) => renumbered('train', chunk)),
      tasks: stream.tasks.map((task) => ({ ...task, test: renumbered(task.from ?? 'test', task.test) })),
    },
  }
}
