import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  type Forward,
  type FreedNetwork,
  type Network,
  type Ref,
  type TrainingStep,
  trainingStep,
} from '../../src/autodiff/index.ts'
import { openSession } from '../../src/runtime/index.ts'
import { sizeOf, Tensor } from '../../src/tensor/index.ts'

/** Exports and gradients by PyTorch: made by test/oracles/networks. */
export const folder = fileURLToPath(new URL('../golden/networks', import.meta.url))

/** Which of the oracle's gradients belongs to an initializer, and the error that PyTorch makes of it in float32. */
export interface Judged {
  of: string
  transposed: boolean
  float32: number
}

export type Floats = { data: Float32Array; dims: readonly number[] }

/** Reads a file of the oracle's: `read('name')` is the tensor that its index calls so. */
export function goldenFile(file: string, index: Record<string, { at: number; dims: number[] }>) {
  const { buffer } = Uint8Array.from(readFileSync(`${folder}/${file}`))
  return (name: string): Floats => {
    const place = index[name]
    if (place === undefined) throw new RangeError(`${file} holds no ${name}`)
    return { data: new Float32Array(buffer, 4 * place.at, sizeOf(place.dims)), dims: place.dims }
  }
}

export function transposed({ data, dims: [rows, columns] }: Floats): Floats {
  const turned = Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)])
  return { data: turned, dims: [columns, rows] }
}

/**
 * Runs forward and backward once: what the tensors in `reads` hold, and the gradient of each wanted input. `feeds` are
 * for the network's inputs, and for those that the loss asks for.
 */
export async function runGradients(
  network: Network,
  options: {
    feeds: Readonly<Record<string, Tensor>>
    wanted: readonly string[]
    reads: readonly string[]
    loss: (forward: Forward) => Ref
  },
): Promise<{ values: Map<string, Floats>; gradients: Map<string, Floats> }> {
  const { wanted, reads, loss, feeds } = options
  const step = trainingStep({ network, parameters: wanted, loss, update: 'gradients', reads })
  const session = await openSession(step.bytes, { threads: 1, label: network.label })
  const made = await session.run(fedTo(step, feeds))
  await session.release()
  const floats = (name: string): Floats => made[name] as Tensor<'float32'>
  const measured = step.statistics.flatMap(({ mean, variance }) => [mean, variance])
  return {
    values: new Map([...reads, ...measured].map((name) => [name, floats(name)])),
    gradients: new Map(step.parameters.map((parameter) => [parameter.name, floats(parameter.made)])),
  }
}

/** The feeds under the names of the step's inputs. */
export function fedTo(step: TrainingStep, feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const asked = new Map([...step.fed].map(([name, ref]) => [ref.name, name]))
  return Object.fromEntries(step.parts.inputs.map(({ name }) => [name, feeds[asked.get(name) ?? name]]))
}

/** Cross-entropy of `logits` with the soft `targets` that are fed, the mean over the batch. */
export function crossEntropy({ emit, tensor, input }: Forward): Ref {
  const logits = tensor('logits')
  const targets = input('targets', logits.dims)
  const [logs] = emit.call('LogSoftmax', [logits], [{ dims: logits.dims }], { axis: 1 })
  return emit.ReduceSum(emit.Mul(emit.Mul(targets, logs), emit.scalar(-1 / logits.dims[0])), [0, 1], false)
}

/** What the freed weights of a network held, as feeds. */
export function weightFeeds({ weights }: FreedNetwork): Record<string, Tensor> {
  return Object.fromEntries(
    [...weights].map(([name, { dims, data }]) => [name, new Tensor('float32', data as Float32Array, dims)]),
  )
}

export function tensorOf({ data, dims }: Floats): Tensor {
  return new Tensor('float32', data, dims)
}

/** The largest error, relative to the largest magnitude of the truth. */
export function relativeError(value: Floats, truth: Floats): number {
  if (value.dims.join() !== truth.dims.join()) {
    throw new RangeError(`[${value.dims.join(', ')}] was expected to be [${truth.dims.join(', ')}]`)
  }
  const error = truth.data.reduce((worst, wanted, i) => {
    const off = Math.abs(value.data[i] - wanted)
    return off > worst || Number.isNaN(off) ? off : worst
  }, 0)
  return error / largest(truth)
}

export function largest({ data }: Pick<Floats, 'data'>): number {
  return data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}
