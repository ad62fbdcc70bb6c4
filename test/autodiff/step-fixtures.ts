import {
  bytesOf,
  type Forward,
  type FreedNetwork,
  networkOf,
  type TrainingStep,
  type Update,
} from '../../src/autodiff/index.ts'
import { buildModel, type ModelSpec, type Numbers, readModel } from '../../src/onnx/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'
import { chance } from '../../src/tensor/index.ts'

/** Small numbers that are the same in every run: normal, times `scale`. */
export function drawn(dims: readonly number[], seed: string, scale = 1): Numbers & { data: Float32Array } {
  const random = chance(seed)
  const size = dims.reduce((a, b) => a * b, 1)
  return {
    type: 'float32',
    dims,
    data: Float32Array.from({ length: size }, () => scale * random.normal()),
  }
}

/** A network with all of its constants called w… freed. */
export function freed(
  spec: Omit<ModelSpec, 'outputs'> & { scores: string },
  statistics: 'constant' | 'fed' = 'constant',
): Promise<FreedNetwork> {
  const { scores, ...rest } = spec
  const model = readModel(
    buildModel({ ...rest, outputs: { [scores]: { type: 'float32' } } }),
    'a small network',
  )
  return networkOf(model, { dims: {}, free: ({ name }) => name.startsWith('w'), statistics })
}

/** −(1/B) Σ target · log softmax(scores). */
export const crossEntropy =
  (name: string) =>
  ({ emit, tensor, input }: Forward) => {
    const scores = tensor(name)
    const target = input('target', scores.dims)
    const logP = emit.call('LogSoftmax', [scores], [{ dims: scores.dims }], { axis: 1 })[0]
    return emit.Mul(emit.ReduceSum(emit.Mul(target, logP), [0, 1], false), emit.scalar(-1 / scores.dims[0]))
  }

/** v ← m v + g + λ w,  w ← w − η v. */
export const momentum = (m: number): Update => ({
  keeps: ['velocity'],
  numbers: ['rate'],
  write(emit, { weight, gradient, kept: [old], numbers: [rate], weightDecay }) {
    const g = weightDecay === 0 ? gradient : emit.Add(gradient, emit.Mul(weight, emit.scalar(weightDecay)))
    const velocity = emit.Add(emit.Mul(old, emit.scalar(m)), g)
    return { weight: emit.Sub(weight, emit.Mul(rate, velocity)), kept: [velocity] }
  },
})

/** Class k of each row as a row of zeros with a one. */
export function oneHot(labels: readonly number[], classes: number): Tensor {
  const data = new Float32Array(labels.length * classes)
  for (const [row, label] of labels.entries()) data[row * classes + label] = 1
  return new Tensor('float32', data, [labels.length, classes])
}

export function tensorOf({ type, dims, data }: Numbers): Tensor {
  return new Tensor(type, Float32Array.from(data as Float32Array) as never, dims)
}

/** Runs a step some times on one batch, feeding back what it makes; the losses, and all of the last outputs. */
export async function walked(
  step: TrainingStep,
  weights: ReadonlyMap<string, Numbers>,
  batch: Readonly<Record<string, Tensor>>,
  { steps = 1, threads = 1, rate = 0.1 } = {},
): Promise<{ losses: number[]; outputs: Record<string, Tensor> }> {
  const session = await openSession(step.bytes, { threads, label: 'step' })
  const feeds: Record<string, Tensor> = { ...batch }
  for (const [name, numbers] of weights)
    if (session.inputNames.includes(name)) feeds[name] = tensorOf(numbers)
  for (const { dims, kept, sum } of step.parameters) {
    for (const name of [...kept.map(({ input }) => input), ...(sum === undefined ? [] : [sum])]) {
      feeds[name] = tensorOf({
        type: 'float32',
        dims,
        data: new Float32Array(dims.reduce((a, b) => a * b, 1)),
      })
    }
  }
  for (const { input } of step.numbers) feeds[input] = new Tensor('float32', Float32Array.of(rate), [])
  const losses: number[] = []
  let outputs: Record<string, Tensor> = {}
  for (let k = 0; k < steps; k++) {
    outputs = await session.run(feeds)
    losses.push(Number(outputs[step.loss].data[0]))
    for (const { name, made, kept } of step.parameters) {
      if (step.numbers.length > 0) feeds[name] = outputs[made]
      for (const { input, made } of kept) feeds[input] = outputs[made]
    }
  }
  await session.release()
  return { losses, outputs }
}

/** The outputs of a network itself. */
export async function forward(
  network: FreedNetwork,
  batch: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const session = await openSession(bytesOf(network), { threads: 1, label: network.label })
  const feeds: Record<string, Tensor> = { ...batch }
  for (const [name, numbers] of network.weights) feeds[name] = tensorOf(numbers)
  const outputs = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])))
  await session.release()
  return outputs
}
