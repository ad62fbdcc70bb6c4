import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  bytesOf,
  differentiate,
  type Network,
  type Pen,
  penFor,
  pruned,
  type Ref,
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

/** Runs forward and backward once: what the outputs in `read` hold, and the gradient of each wanted input. */
export async function runGradients(
  network: Network,
  request: {
    feeds: Readonly<Record<string, Tensor>>
    wanted: readonly string[]
    read: readonly string[]
    /** What the loss needs beyond the network's inputs, and the gradient of the loss at each tensor that it reads. */
    loss: (pen: Pen) => { inputs: readonly Ref[]; seeds: ReadonlyMap<string, Ref> }
  },
): Promise<{ values: Map<string, Floats>; gradients: Map<string, Floats> }> {
  const pen = penFor(network)
  const { inputs, seeds } = request.loss(pen)
  const gradients = differentiate(network, { seeds, wanted: request.wanted }, pen)
  const outputs = [...new Set([...request.read, ...[...gradients.values()].map(({ name }) => name)])]
  const step = bytesOf({
    inputs: [...network.inputs, ...inputs],
    outputs,
    nodes: pruned([...network.nodes, ...pen.nodes], outputs),
    constants: new Map([...network.constants, ...pen.constants]),
    shapes: new Map([...network.shapes, ...inputs.map((ref) => [ref.name, ref] as const), ...pen.shapes]),
  })
  const session = await openSession(step, { threads: 1, label: network.label })
  const made = await session.run(request.feeds)
  await session.release()
  const floats = (name: string): Floats => made[name] as Tensor<'float32'>
  return {
    values: new Map(request.read.map((name) => [name, floats(name)])),
    gradients: new Map([...gradients].map(([wanted, { name }]) => [wanted, floats(name)])),
  }
}

/** The gradient of cross-entropy with soft targets at the logits, the mean over the batch: (softmax - target) / B. */
export function crossEntropy(network: Network, logits: string, targets: string) {
  return ({ emit }: Pen) => {
    const ref = network.shapes.get(logits) as Ref
    const target: Ref = { name: targets, type: 'float32', dims: ref.dims }
    const difference = emit.Sub(emit.Softmax(ref, 1), target)
    return {
      inputs: [target],
      seeds: new Map([[logits, emit.Mul(difference, emit.scalar(1 / ref.dims[0]))]]),
    }
  }
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
