import type { Dataset } from '../datasets/index.ts'
import { StreambedError } from '../error.ts'
import { contentId } from '../identity/index.ts'
import { inverseOf, orderName, parseClassOrder } from './class-order.ts'
import type { StreamDeclaration } from './declaration.ts'
import { findStream } from './find-stream.ts'
import { firstTasks } from './first-tasks.ts'
import { type ImagesPerClass, partOf } from './images-per-class.ts'
import { firstDifference, lockFrom, publishedLock } from './lock.ts'
import { rootsOf } from './roots.ts'
import { showsAllItSays } from './shows-all.ts'
import type { Stream } from './stream.ts'
import type { TaskSizes } from './task-sizes.ts'

/** One stream of a family, as a suite chooses it. */
export interface LayChoice {
  /** Name on the shelf. */
  name: string
  /** Absent: as declared. */
  tasks?: TaskSizes
  /** Absent: as declared. */
  order?: string
  /** Images taken of each class in each task; absent: all. */
  images?: ImagesPerClass
  /** Only so many tasks from the first; absent means all. */
  first?: number
  /** A folder, for streams that take one; the dataset was opened with it. */
  path?: string
  /** Where the choice was made, for errors: `suites/quick.yaml › streams[0]`. */
  where?: string
}

/**
 * Lays a stream of the shelf over an opened dataset: everything that a run needs of it, as plain data.
 *
 * @throws unknown-stream; stream-does-not-divide, task-sizes-*, class-order-*, stream-tasks-too-many and
 * stream-images-too-many for what was asked; class-empty and stream-data-differs for what the dataset lacks; stream-lock-differs if the published images
 * give another stream than the lockfile that comes with Streambed.
 */
export function layStream(choice: LayChoice, dataset: Dataset): Stream {
  return layDeclared(findStream(choice.name, choice.where), choice, dataset)
}

/** The same for a declaration that is not on the shelf. */
export function layDeclared(
  declaration: StreamDeclaration,
  choice: Omit<LayChoice, 'name'>,
  dataset: Dataset,
): Stream {
  const { where } = choice
  const { arrange, scenario } = declaration.events
  holdsWhatItShould(declaration, dataset, where)
  const order = parseClassOrder(choice.order ?? declaration.order, where)
  const whole = arrange({
    dataset,
    tasks: choice.tasks ?? declaration.events.tasks,
    order: orderName(order),
    where,
  })
  showsAllItSays(whole, dataset, where)
  const begun = firstTasks(whole, choice.first, where)
  const { arranged, images } = partOf(begun, dataset, choice.images ?? {}, where)

  const labelOf = inverseOf(arranged.permutation)
  const roots = rootsOf({ labelOf, chunks: arranged.chunks, tasks: arranged.tasks }, dataset)
  const { shape, variant, events } = arranged
  const stream: Stream = {
    name: `${declaration.name}/${shape.name}`,
    id: contentId({
      dataset: dataset.id,
      scenario,
      labelOf,
      events,
      chunks: roots.chunks,
      tests: roots.tests,
      tasks: arranged.tasks.map(({ classes, name, from }) => ({ classes, name, from })),
    }),
    family: contentId({
      dataset: dataset.id,
      scenario,
      shape: shape.name,
      variant,
      images,
      convention: order.convention,
    }),
    title: `${declaration.title}, ${shape.title}`,
    scenario,
    dataset: dataset.name,
    order,
    classes: arranged.permutation.map((c) => dataset.classes[c]),
    labelOf,
    tasks: arranged.tasks,
    events,
    chunks: arranged.chunks,
    notes: [...(declaration.notes ?? []), ...(images ? [partNote] : [])],
  }

  if (dataset.status !== 'unverified') {
    const lock = publishedLock(stream)
    const difference = lock && firstDifference(lock, lockFrom(stream, dataset, roots))
    if (difference) {
      throw new StreambedError('stream-lock-differs', {
        what: `${stream.title} in the order ${orderName(order)} is not the published stream: ${difference}`,
        where,
        mend: 'This is a mistake of Streambed, as the images are the published ones: please report it.',
      })
    }
  }
  return stream
}

const partNote =
  'A part of each class: the images whose content hashes are the smallest, the same in every class order.'

/** A dataset that is not the size that the stream is declared over is refused. */
function holdsWhatItShould(declaration: StreamDeclaration, dataset: Dataset, where?: string): void {
  const { holds, title } = declaration
  if (holds === undefined) return
  const differs = (what: string) =>
    new StreambedError('stream-data-differs', {
      what,
      where,
      mend: `Give the whole of ${dataset.title}, or lay split-image-folder over what you have: a stream is never made shorter.`,
    })
  if (dataset.classes.length !== holds.classes) {
    throw differs(`${title} is over ${holds.classes} classes, and here are ${dataset.classes.length}.`)
  }
  for (const split of ['train', 'test'] as const) {
    const counts = new Uint32Array(holds.classes)
    for (const label of dataset.splits[split].labels) counts[label]++
    const odd = counts.findIndex((count) => count !== holds[split])
    if (odd >= 0) {
      throw differs(
        `${title} has ${holds[split]} ${split} images a class, and here “${dataset.classes[odd]}” has ${counts[odd]}.`,
      )
    }
  }
}
