import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Model, readModel } from '../../../src/onnx/index.ts'
import { sizeOf } from '../../../src/tensor/index.ts'

/** What methods do by PyTorch: made by test/oracles/methods, explained in the README.md of this folder. */
const folder = fileURLToPath(new URL('../../golden/methods', import.meta.url))

export interface Floats {
  readonly dims: readonly number[]
  readonly data: Float32Array
}

/** Which network, and what its BatchNormalization does. Not every method is there for all of them. */
export type Subject = 'vit' | 'cnn-frozen' | 'cnn-training'

export interface Golden {
  readonly method: string
  /** For `backbone`. */
  readonly network: 'vit.onnx' | 'cnn.onnx'
  readonly batchNorm: 'frozen' | 'training' | null
  /** Numbers and choices by name, as the oracle's file of the method reads them. */
  readonly settings: Readonly<Record<string, never>>
  /** What each step minimised, before it; all tasks one after another. */
  readonly losses: readonly number[]
  /** ‖w‖ of all weights that the method may move, after each step. */
  readonly lengths: readonly number[]
  /** `fingerprint` of the same, after each step. */
  readonly fingerprints: readonly number[]
  /** Lists with one entry a step, or a task: choices that a test has to repeat, and more that it can compare. */
  readonly facts: Readonly<Record<string, never>>
  /** Largest error of PyTorch itself in float32, relative to the largest magnitude of a tensor, or of all steps. */
  readonly float32: {
    readonly losses: number
    readonly lengths: number
    readonly fingerprints: number
    readonly groups: Readonly<Record<string, number>>
  }
  /** The tensors of a group by name: 'weights after task 1', 'fisher of task 0', 'scores after task 1' … */
  group(name: string): ReadonlyMap<string, Floats>
}

type Place = { readonly at: number; readonly dims: readonly number[] }

function reader(file: string): (place: Place) => Floats {
  const { buffer } = Uint8Array.from(readFileSync(`${folder}/${file}`))
  return ({ at, dims }) => ({ dims, data: new Float32Array(buffer, 4 * at, sizeOf(dims)) })
}

const json = (file: string) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'))

export function golden(method: string, subject: Subject): Golden {
  const { groups, ...rest } = json(`${method}/${subject}.json`)
  const read = reader(`${method}/${subject}.bin`)
  const group = (name: string) => {
    if (groups[name] === undefined) {
      throw new RangeError(`${method}/${subject} has no "${name}"; it has ${Object.keys(groups).join(', ')}`)
    }
    return new Map(Object.entries<Place>(groups[name]).map(([tensor, place]) => [tensor, read(place)]))
  }
  return { ...rest, group }
}

const index = json('index.json')

/** The subjects of each method. */
export const goldens = index.goldens as Readonly<Record<string, readonly Subject[]>>

/** Which images a task learns from, which are for testing (three of each of the nine classes), and in what batches. */
export const stream = {
  /** Of every image. */
  labels: index.labels as readonly number[],
  tasks: index.tasks as readonly (readonly number[])[],
  test: index.test as readonly number[],
  /** [task][step] → 8 images. */
  batches: index.batches as readonly (readonly (readonly number[])[])[],
}

const images = readFileSync(`${folder}/images.bin`)
const [, channels, height, width] = index.images.dims as number[]
const size = channels * height * width

/** [n × 3 × 16 × 16] bytes. */
export function pictures(ids: readonly number[]): Uint8Array {
  return Uint8Array.from(ids.flatMap((id) => [...images.subarray(id * size, (id + 1) * size)]))
}

/** What the networks are fed, [n × 3 × 16 × 16]: bytes / 255, as float32. */
export function pixels(ids: readonly number[]): Float32Array {
  return Float32Array.from(pictures(ids), (byte) => byte / 255)
}

/** A backbone as all methods start from it: pixels [n, 3, 16, 16] → features [n, 16]. */
export function backbone(network: Golden['network']): Model {
  return readModel(`${folder}/${network}`, network)
}

const start = reader(index.start.file)

/** Its weights and running statistics by name, with their dimensions; and its features of the test images. */
export function facts(network: Golden['network']) {
  const { weights, statistics, features } = index.networks[network]
  return {
    weights: weights as Readonly<Record<string, readonly number[]>>,
    statistics: statistics as Readonly<Record<string, readonly number[]>>,
    features: start(features),
  }
}

/** The head's first values for the classes `from` … `to`: head.weight [16, to − from] and head.bias. */
export function headColumns(from: number, to: number): ReadonlyMap<string, Floats> {
  const all = Object.entries<Place>(index.start.head)
  return new Map(
    all.map(([name, place]) => {
      const { data, dims } = start(place)
      const classes = dims.at(-1)!
      const kept = data.filter((_, i) => i % classes >= from && i % classes < to)
      return [name, { data: kept, dims: dims.with(-1, to - from) }]
    }),
  )
}

/** Σ sin(i + 1) · w over the i-th number of each tensor, row by row: a digest that moves with every weight. */
export function fingerprint(tensors: Iterable<ArrayLike<number>>): number {
  let sum = 0
  for (const tensor of tensors) for (let i = 0; i < tensor.length; i++) sum += Math.sin(i + 1) * tensor[i]
  return sum
}

/** The largest difference, relative to the largest magnitude that was expected. */
export function relativeError(seen: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (seen.length !== wanted.length) throw new RangeError(`${seen.length} numbers for ${wanted.length}`)
  let [worst, largest] = [0, 0]
  for (let i = 0; i < wanted.length; i++) {
    const off = Math.abs(seen[i] - wanted[i])
    worst = off > worst || Number.isNaN(off) ? off : worst
    largest = Math.max(largest, Math.abs(wanted[i]))
  }
  return worst / largest
}
