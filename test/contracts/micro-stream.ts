import type {
  Backbone,
  ImageStage,
  Images,
  Learner,
  Method,
  OptionValue,
  OwnStage,
  Part,
  PartState,
  Start,
} from '../../src/method/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { backbone } from '../baselines/parity/golden.ts'
import { deepBackbone, embeddingBackbone } from '../fixtures/backbones.ts'

/**
 * A stream small enough to be walked hundreds of times: embeddings drawn around one centre a class, in three
 * tasks of 2, 3 and 1 classes, and a protocol in memory that can stop and resume between any two steps.
 */
export const dimension = 12
const tasks: readonly (readonly number[])[] = [[4, 1], [0, 3, 5], [2]]
/** For a method that is defined for domains alone: two classes in three of them, each shifted further. */
const domains: readonly (readonly number[])[] = [
  [4, 1],
  [4, 1],
  [4, 1],
]
const perClass = { train: 20, test: 7 }

type Picture = { embedding: Float32Array; pixels: Uint8Array; label: number }
type Shown = Images & { pictures: readonly Picture[] }

function pictures(split: 'train' | 'test', classes: readonly number[], shift = 0): Picture[] {
  return classes.flatMap((label) => {
    const centre = chance('centre', label)
    const middle = Float32Array.from({ length: dimension }, () => 2 + centre.normal())
    const noise = chance('noise', split, label)
    const patches = Float32Array.from({ length: 3 * 16 }, () => 128 + 60 * centre.normal())
    return Array.from({ length: perClass[split] }, () => ({
      embedding: middle.map((value) => value + 0.7 * noise.normal() + shift),
      pixels: drawing(patches, noise),
      label,
    }))
  })
}

/** 16 × 16 pixels in three colours, of patches of 4 × 4, around those of its class. */
function drawing(patches: Float32Array, noise: ReturnType<typeof chance>): Uint8Array {
  const own = patches.map((value) => value + 10 * noise.normal())
  return Uint8Array.from({ length: 3 * 256 }, (_, i) => {
    const [colour, row, column] = [Math.floor(i / 256), Math.floor(i / 16) % 16, i % 16]
    const patch = 16 * colour + 4 * Math.floor(row / 4) + Math.floor(column / 4)
    return Math.min(255, Math.max(0, own[patch]))
  })
}

const shown = (list: readonly Picture[]): Shown => ({ length: list.length, pictures: list })

/** Test images of all tasks so far, as a method is shown them. */
export function testImages(after: number): Shown {
  return shown(pictures('test', tasks.slice(0, after + 1).flat()))
}

export function truth(images: Images): number[] {
  return (images as Shown).pictures.map(({ label }) => label)
}

function embeddings(images: Images): Float32Array {
  const rows = new Float32Array(images.length * dimension)
  ;(images as Shown).pictures.forEach(({ embedding }, i) => {
    rows.set(embedding, i * dimension)
  })
  return rows
}

/** Does it need a network of some anatomy, or compare embeddings with what a network of its own makes of them? */
export function isDeep({ needs: { anatomy, gradients, embeddings = false } }: Method): boolean {
  return anatomy !== undefined || (gradients === 'backbone' && embeddings)
}

/** What a method is given to learn with: embeddings alone, if it can do with them. */
export function microBackbone(method: Method, { seed = '0', count = (_: number) => {} } = {}): Backbone {
  if (!isDeep(method)) return embeddingBackbone(dimension, embeddings, { seed, count })
  const isNormed = method.needs.anatomy === 'batch normalisation'
  const pixels = (images: Images) =>
    Uint8Array.from((images as Shown).pictures.flatMap((picture) => [...picture.pixels]))
  return deepBackbone(backbone(isNormed ? 'cnn.onnx' : 'vit.onnx'), { side: 16, dimension: 16 }, pixels, {
    seed,
    count,
  })
}

/** The same images in this order, as another batch. */
export function rearranged(images: Images, order: ArrayLike<number>): Images {
  return shown(Array.from(order, (i) => (images as Shown).pictures[i]))
}

export type Walk = {
  method: Method
  seed: number
  options?: Record<string, OptionValue>
  /** Boundaries between steps at which the run is stopped, saved, and resumed in a new learner; 'all' of them. */
  stopAt?: number | 'all'
  /** Called at each evaluation. */
  evaluate?(after: number, learner: Learner, seen: readonly number[]): Promise<void>
  count?(operations: number): void
}

/** Walks a method down the stream. `boundaries`: how many there were; `losses`: of every step that told one. */
export async function walk({ method, seed, options = {}, stopAt, evaluate, count = () => {} }: Walk) {
  const isOfDomains = method.needs.scenarios?.includes('class-incremental') === false
  const start = (): Promise<Learner> | Learner =>
    method.start({
      backbone: microBackbone(method, { seed: `${seed}`, count }),
      options: { ...method.options, ...options },
      random: (purpose) => chance(seed, purpose) as ReturnType<Start<never>['random']>,
      scenario: isOfDomains ? 'domain-incremental' : 'class-incremental',
      count,
    })

  let learner = await start()
  let boundaries = 0
  const losses: number[] = []
  const boundary = async () => {
    if (stopAt === 'all' || stopAt === boundaries) {
      const saved = structuredClone(savedParts(learner))
      learner = await start()
      for (const [name, part] of Object.entries(learner.parts)) part.load(saved[name])
    }
    boundaries++
  }

  const seen: number[] = []
  const isAtOnce = method.needs.sees === 'all tasks at once'
  const walked = isAtOnce ? [tasks.flat()] : isOfDomains ? domains : tasks
  for (const [index, classes] of walked.entries()) {
    const fresh = classes.filter((label) => !seen.includes(label))
    seen.push(...fresh)
    if (fresh.length > 0) learner.newClasses?.(fresh)
    await boundary()
    const { train, held } = split(
      pictures('train', classes, isOfDomains ? index : 0),
      method.needs.validation ?? 0,
    )
    for (let s = 0; s < learner.stages({ index, classes }).length; s++) {
      const stage = () => learner.stages({ index, classes })[s]
      const place = { task: index, overall: 0 }
      const first = stage()
      if ('steps' in first) {
        for (let step = 0; step < first.steps; step++) {
          const at = { ...place, epoch: 0, epochs: 1, step, steps: first.steps }
          const report = await (stage() as OwnStage).stepAt(at)
          if (report?.loss !== undefined) losses.push(report.loss)
          await boundary()
        }
        continue
      }
      const again = () => stage() as ImageStage
      const { over } = first
      for (let epoch = 0; epoch < over.epochs; epoch++) {
        const order = over.order === 'canonical' ? undefined : chance(seed, 'order', index, s, epoch)
        const all = [...batches(train, over.batch, order)]
        for (const [i, batch] of all.entries()) {
          const [step, steps] = [epoch * all.length + i, over.epochs * all.length]
          const report = await again().step(batch, { ...place, epoch, epochs: over.epochs, step, steps })
          if (report?.loss !== undefined) losses.push(report.loss)
          await boundary()
        }
        const check = again().check
        if (check === undefined) continue
        for (const batch of batches(held, check.batch)) {
          await again().check?.step(batch)
          await boundary()
        }
        const flat = again().check?.flat()
        await boundary()
        if (flat) break
      }
    }
    await learner.settle?.()
    await boundary()
    await evaluate?.(isAtOnce ? tasks.length - 1 : index, learner, seen)
    await boundary()
  }
  return { learner, boundaries, losses, seen }
}

/** Every part's state by name: all that a run keeps of a method. */
export function savedParts(learner: Learner): Record<string, PartState> {
  return Object.fromEntries(
    Object.entries(learner.parts).map(([name, part]: [string, Part]) => [name, part.save()]),
  )
}

function split(list: readonly Picture[], share: number) {
  const every = share === 0 ? Number.POSITIVE_INFINITY : Math.round(1 / share)
  return {
    train: list.filter((_, i) => i % every !== every - 1),
    held: list.filter((_, i) => i % every === every - 1),
  }
}

function* batches(list: readonly Picture[], size: number, random?: ReturnType<typeof chance>) {
  const order = random?.permutation(list.length) ?? Uint32Array.from(list, (_, i) => i)
  for (let at = 0; at < list.length; at += size) {
    const chosen = Array.from(order.subarray(at, at + size), (i) => list[i])
    yield { images: shown(chosen), labels: Int32Array.from(chosen, ({ label }) => label) }
  }
}
