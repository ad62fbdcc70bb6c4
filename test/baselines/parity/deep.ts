import { learner, sgd } from '../../../src/learner/index.ts'
import type {
  Backbone,
  Images,
  Learner,
  Method,
  Network,
  OptionValue,
  Stage,
} from '../../../src/method/index.ts'
import type { Moduled } from '../../../src/method/modules.ts'
import type { Rewritten } from '../../../src/rewriting/index.ts'
import { type Chance, chance } from '../../../src/tensor/index.ts'
import { deepBackbone } from '../../fixtures/backbones.ts'
import { backbone, type Golden, headColumns, pictures, stream } from './golden.ts'

/** Images of the oracles' stream, by number. */
export type Numbered = Images & { readonly ids: readonly number[] }

export const numbered = (ids: readonly number[]): Numbered => ({ length: ids.length, ids })
export const labelsOf = (ids: readonly number[]) => Int32Array.from(ids, (id) => stream.labels[id])

/** A backbone of the oracles, to be trained whole on their pictures. */
export function oracleBackbone(
  network: Golden['network'],
  options: { count?: (operations: number) => void } = {},
): Backbone {
  const picturesOf = (images: Images) => pictures((images as Numbered).ids)
  return deepBackbone(backbone(network), { side: 16, dimension: 16 }, picturesOf, options)
}

/** A method at its beginning on such a backbone. */
export async function begun(
  method: Method,
  network: Golden['network'],
  {
    options = {},
    random = (purpose) => chance(purpose),
    count = () => {},
  }: {
    options?: Record<string, OptionValue>
    random?: (purpose: string) => Chance
    count?: (operations: number) => void
  } = {},
): Promise<Learner> {
  return method.start({
    backbone: oracleBackbone(network, { count }),
    options: { ...method.options, ...options },
    random: random as never,
    scenario: 'class-incremental',
    count,
  })
}

/** Announces the classes of a task, whose columns get the values that the oracle's begin with. */
export async function arrive(method: Learner, network: Network, task: number): Promise<void> {
  await arriveClasses(method, network, 3 * task, 3 * task + 3)
}

/** The same for the classes `from` … `to`. */
export async function arriveClasses(
  method: Learner,
  network: Network,
  from: number,
  to: number,
): Promise<void> {
  const added = to - from
  method.newClasses?.(Array.from({ length: added }, (_, i) => from + i))
  const head = await network.head()
  const columns = headColumns(from, to)
  const put = (values: Float32Array, at: number) =>
    values.forEach((value, i) => {
      head[at + Math.floor(i / added) * to + from + (i % added)] = value
    })
  put(columns.get('head.weight')!.data, 0)
  if (head.length === 17 * to) put(columns.get('head.bias')!.data, 16 * to)
  await network.setHead(head)
}

/** Takes a stage over the images of a task in the oracle's batches; told of each step's loss. */
export async function learn(
  stage: Stage,
  task: number,
  after: (loss: number) => Promise<void>,
  batches: readonly (readonly number[])[] = stream.batches[task],
): Promise<void> {
  if ('steps' in stage) throw new TypeError(`${stage.name} is no stage over images`)
  for (const [step, ids] of batches.entries()) {
    const epoch = Math.floor(step / 5)
    const place = { task, epoch, epochs: 5, step, steps: batches.length, overall: 25 * task + step }
    const report = await stage.step({ images: numbered(ids), labels: labelsOf(ids) }, place)
    await after(report?.loss ?? Number.NaN)
  }
}

/** Takes a stage once over a task's images, all in one batch. */
export async function passOver(stage: Stage, task: number): Promise<void> {
  if ('steps' in stage) throw new TypeError(`${stage.name} is no stage over images`)
  const ids = stream.tasks[task]
  const place = { task, epoch: 0, epochs: 1, step: 0, steps: 1, overall: task }
  await stage.step({ images: numbered(ids), labels: labelsOf(ids) }, place)
}

/**
 * How a learner lays out the trained weights of a network under a head: `flat` is cut into them by name, as views.
 * All weights of the oracle's network unless a rewritten one is given, of which what was put in is trained, and more that
 * `trains` names.
 */
export async function layoutOf(
  network: Golden['network'],
  {
    rewritten,
    trains = () => false,
    head = 'linear',
  }: {
    rewritten?: Partial<Moduled> & Rewritten
    trains?: (name: string) => boolean
    head?: 'linear' | 'cosine'
  } = {},
): Promise<(flat: Float32Array) => Map<string, Float32Array>> {
  const own = new Set(rewritten?.trainable.map(({ name }) => name))
  const twin = await learner({
    model: rewritten?.model ?? backbone(network),
    ...(rewritten?.output !== undefined && { output: rewritten.output }),
    terms: rewritten?.terms ?? [],
    head: { kind: head, classes: 1 },
    trainable: rewritten ? ({ name }) => own.has(name) || trains(name) : 'all',
    loss: { name: 'none', fed: () => ({}), write: (emit) => emit.scalar(0) },
    optimiser: sgd({ rate: 0 }),
    batch: 1,
    threads: 1,
    seed: 0,
  })
  const parts = twin.entries.map(({ ref, length, grows }) => ({ name: ref.name, length, grows }))
  await twin.release()
  const sum = (some: typeof parts) => some.reduce((all, { length }) => all + length, 0)
  return (flat) => {
    const growing = parts.filter(({ grows }) => grows)
    const columns = (flat.length - sum(parts)) / sum(growing) + 1
    let at = 0
    return new Map(
      parts.map(({ name, length, grows }) => {
        const size = grows ? length * columns : length
        at += size
        return [name, flat.subarray(at - size, at)]
      }),
    )
  }
}
