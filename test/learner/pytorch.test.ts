import { expect, test } from 'vitest'
import {
  adam,
  adamW,
  crossEntropy,
  type Learner,
  learner,
  type Optimiser,
  sgd,
} from '../../src/learner/index.ts'
import { readModel } from '../../src/onnx/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'
import convolutionalGolden from '../golden/learner/convolutional.json' with { type: 'json' }
import perceptronGolden from '../golden/learner/perceptron.json' with { type: 'json' }
import { batchOf, convolutional, perceptron } from './networks.ts'
import { expectNear, wave } from './numbers.ts'

/** Gives weights by name these values; the others stay. */
function put(subject: Learner, values: Readonly<Record<string, ArrayLike<number>>>) {
  const flat = subject.weights()
  for (const { ref, offset } of subject.entries) if (ref.name in values) flat.set(values[ref.name], offset)
  subject.setWeights(flat)
}

function weightOf(subject: Learner, name: string): Float32Array {
  const { offset, length } = subject.entries.find(({ ref }) => ref.name === name)!
  return subject.weights().subarray(offset, offset + length)
}

/** [5, 3] with two more columns. */
const joined = (old: Float32Array, columns: Float32Array) =>
  Array.from({ length: 25 }, (_, i) => {
    const [row, column] = [Math.floor(i / 5), i % 5]
    return column < 3 ? old[3 * row + column] : columns[2 * row + column - 3]
  })

const optimisers: Record<keyof typeof perceptronGolden, Optimiser> = {
  sgd: sgd({ rate: 0.1, weightDecay: 0.01 }),
  momentum: sgd({ rate: 0.1, momentum: 0.9, weightDecay: 0.01 }),
  nesterov: sgd({ rate: 0.1, momentum: 0.9, nesterov: true }),
  adam: adam({ rate: 0.01 }),
  adamw: adamW({ rate: 0.01 }),
}

for (const [name, optimiser] of Object.entries(optimisers)) {
  test(`${name}: fifty steps, across a growth of the head, end where PyTorch’s do`, async () => {
    const golden = perceptronGolden[name as keyof typeof perceptronGolden]
    const subject = await learner({
      model: perceptron(),
      head: { kind: 'linear', classes: 3 },
      trainable: 'all',
      loss: crossEntropy(),
      optimiser,
      batch: 8,
      threads: 1,
      seed: 0,
    })
    put(subject, { 'head.weight': wave(15, 200, 0.5), 'head.bias': wave(3, 230, 0.5) })
    const losses: number[] = []
    for (let n = 0; n < 50; n++) {
      if (n === 25) {
        subject.grow(2)
        const known = Float32Array.from({ length: 15 }, (_, i) => {
          return weightOf(subject, 'head.weight')[5 * Math.floor(i / 3) + (i % 3)]
        })
        put(subject, {
          'head.weight': joined(known, wave(10, 300, 0.5)),
          'head.bias': [...weightOf(subject, 'head.bias').subarray(0, 3), ...wave(2, 330, 0.5)],
        })
      }
      losses.push((await subject.step(batchOf(8, n < 25 ? 3 : 5, n))).loss)
    }
    expectNear(losses, golden.losses, 1e-5)
    for (const [weight, values] of Object.entries(golden.end)) {
      expectNear(weightOf(subject, weight), values, 1e-4)
    }
    await subject.release()
  })
}

for (const fused of [true, false])
  test(`BatchNormalization in training mode: steps${fused ? '' : ' in two graphs'}, running statistics and evaluation as in PyTorch`, async () => {
    const golden = convolutionalGolden
    const subject = await learner({
      model: convolutional(),
      head: { kind: 'linear', classes: 3 },
      trainable: 'all',
      batchNorm: 'training',
      loss: crossEntropy(),
      optimiser: sgd({ rate: 0.1, momentum: 0.9 }),
      batch: 6,
      fused,
      threads: 1,
      seed: 0,
    })
    put(subject, { 'head.weight': wave(12, 200, 0.5), 'head.bias': wave(3, 230, 0.5) })
    const asked = (n: number) => batchOf(6, 3, n, 192)
    const losses: number[] = []
    for (let n = 0; n < 10; n++) losses.push((await subject.step(asked(n))).loss)
    expectNear(losses, golden.losses, 1e-5)
    const { mean, variance, ...weights } = golden.end
    for (const [name, values] of Object.entries(weights)) expectNear(weightOf(subject, name), values, 1e-4)
    expectNear(subject.save().statistics.mean, mean, 1e-5)
    expectNear(subject.save().statistics.variance, variance, 1e-5)

    const { inputs } = asked(99)
    expectNear(await subject.scores(inputs), golden.scores, 1e-4)
    const session = await openSession(subject.export(), { threads: 1, label: 'exported' })
    const outputs = await session.run({ x: new Tensor('float32', inputs.x, [6, 3, 8, 8]) })
    expectNear(outputs.scores.data as Float32Array, golden.scores, 1e-4)
    await session.release()

    await expect(subject.step(batchOf(7, 3, 0, 192))).rejects.toMatchObject({
      code: 'learner-batch-cannot-be-cut',
    })
    await subject.release()
  })

test('a learner of BatchNormalization in training mode resumes to the bit', async () => {
  const make = () =>
    learner({
      model: convolutional(),
      head: { kind: 'linear', classes: 3 },
      trainable: 'all',
      batchNorm: 'training',
      loss: crossEntropy(),
      optimiser: sgd({ rate: 0.1, momentum: 0.9 }),
      batch: 6,
      threads: 1,
      seed: 0,
    })
  const [whole, resumed] = [await make(), await make()]
  for (let n = 0; n < 3; n++) await whole.step(batchOf(6, 3, n, 192))
  resumed.load(structuredClone(whole.save()))
  for (let n = 3; n < 6; n++) {
    await whole.step(batchOf(6, 3, n, 192))
    await resumed.step(batchOf(6, 3, n, 192))
  }
  expect(resumed.save()).toEqual(whole.save())
  expect(readModel(whole.export(), 'exported').graph.initializers.has('mean')).toBe(true)
  await whole.release()
  await resumed.release()
})

test('squared gradients of single examples go by the running statistics, and leave them alone', async () => {
  const make = (batchNorm: 'training' | 'frozen') =>
    learner({
      model: convolutional(),
      head: { kind: 'linear', classes: 3 },
      trainable: 'all',
      batchNorm,
      loss: crossEntropy(),
      optimiser: sgd({ rate: 0.1 }),
      batch: 6,
      threads: 1,
      seed: 0,
    })
  const [training, frozen] = [await make('training'), await make('frozen')]
  const asked = batchOf(6, 3, 0, 192)
  const before = structuredClone(training.save().statistics)
  const names = (subject: Learner) => subject.entries.map(({ ref }) => ref.name)
  expect(names(training)).toEqual(names(frozen))
  expectNear(await training.squaredGradients(asked), await frozen.squaredGradients(asked), 1e-5)
  expect(training.save().statistics).toEqual(before)
  await training.release()
  await frozen.release()
})
