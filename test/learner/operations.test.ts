import { expect, test } from 'vitest'
import {
  adam,
  crossEntropy,
  embeddingNetwork,
  type LearnerOptions,
  learner,
  sgd,
} from '../../src/learner/index.ts'
import { countOperations } from '../../src/onnx/index.ts'
import { findBlocks, withLora } from '../../src/rewriting/index.ts'
import { shapesOf } from '../../src/runtime/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { smallVit } from '../fixtures/small-vits.ts'
import { batchOf, convolutional, perceptron } from './networks.ts'

const made = (given: Partial<LearnerOptions> = {}) =>
  learner({
    model: perceptron(),
    head: { kind: 'linear', classes: 3 },
    trainable: 'all',
    loss: crossEntropy(),
    optimiser: sgd({ rate: 0.1 }),
    batch: 8,
    threads: 1,
    seed: 0,
    ...given,
  })

const layer = (from: number, to: number) => 2 * from * to + to // products and bias
const trunk = layer(6, 8) + 8 + layer(8, 5) + 5 //                  and the tanh behind each
const head = layer(5, 3)
const loss = 5 * 3 + 3 + 3 //                                       log softmax, times targets, their sum

test('a network of three layers costs what a calculation by hand says', async () => {
  const subject = await made()
  const { forward, gradients, update } = await subject.operations()
  expect(forward).toBe(trunk + head)
  // each product twice more, but the first, whose input needs no gradient; tanh and loss once more
  const backward = 2 * 6 * 8 + 8 + 4 * 8 * 5 + 5 + 4 * 5 * 3 + loss
  expect(gradients).toBe(forward + loss + backward)
  expect(update).toBe(2 * (6 * 8 + 8 + 8 * 5 + 5 + 5 * 3 + 3)) // w ← w − η g
  await subject.release()
})

test('a head on a frozen trunk costs the trunk and its own gradient', async () => {
  const [subject, frozen] = [
    await made({ trainable: 'none' }),
    await made({
      groups: [
        { name: 'body', match: 'backbone' },
        { name: 'head', match: 'head' },
      ],
    }),
  ]
  const wanted = {
    forward: trunk + head,
    gradients: trunk + head + loss + 2 * 5 * 3 + loss,
    update: 2 * (5 * 3 + 3),
  }
  expect(await subject.operations()).toEqual(wanted)
  expect(await frozen.operations({ frozen: ['body'] })).toEqual(wanted)
  subject.grow(3)
  expect((await subject.operations()).forward).toBe(trunk + layer(5, 6))
  await subject.release()
  await frozen.release()
})

test('micro-batches change nothing, nor does Adam but in its update', async () => {
  const counts = await Promise.all(
    [made(), made({ batch: 1 }), made({ batch: 5, optimiser: adam({ rate: 0.1 }) })].map(async (making) => {
      const subject = await making
      const counted = await subject.operations()
      await subject.release()
      return counted
    }),
  )
  expect(counts[1]).toEqual(counts[0])
  expect(counts[2]).toEqual({ ...counts[0], update: expect.any(Number) })
  expect(counts[2].update).toBeGreaterThan(5 * counts[0].update)
})

test('every pass is billed, examples that fill a graph up are not', async () => {
  let total = 0
  const subject = await made({ count: (operations) => (total += operations) })
  const { forward, gradients, update } = await subject.operations()
  const taken = async (pass: () => Promise<unknown>) => {
    const before = total
    await pass()
    return total - before
  }
  expect(await taken(() => subject.step(batchOf(8, 3)))).toBeCloseTo(8 * gradients + update, 6)
  expect(await taken(() => subject.step(batchOf(21, 3)))).toBeCloseTo(21 * gradients + update, 6)
  expect(await taken(() => subject.gradients(batchOf(3, 3)))).toBeCloseTo(3 * gradients, 6)
  expect(await taken(() => subject.squaredGradients(batchOf(3, 3)))).toBeCloseTo(3 * gradients, 6)
  expect(await taken(() => subject.apply(subject.weights()))).toBeCloseTo(update, 6)
  expect(await taken(() => subject.scores(batchOf(11, 3).inputs))).toBeCloseTo(11 * forward, 6)
  expect(await taken(() => subject.features(batchOf(11, 3).inputs))).toBeCloseTo(11 * trunk, 6)
  await subject.release()
})

test('BatchNormalization in training mode costs what the frozen one does', async () => {
  const model = convolutional()
  const [frozen, training] = [await made({ model }), await made({ model, batchNorm: 'training' })]
  expect(await training.operations()).toEqual(await frozen.operations())
  await frozen.release()
  await training.release()
})

test('a cosine head normalises its weights once an update, not for each example', async () => {
  const [one, many] = [
    await made({ head: { kind: 'cosine', classes: 3 }, batch: 1 }),
    await made({ head: { kind: 'cosine', classes: 3 }, batch: 16 }),
  ]
  expect(await many.operations()).toEqual(await one.operations())
  const { update } = await one.operations()
  expect(update).toBeGreaterThan(2 * (6 * 8 + 8 + 8 * 5 + 5 + 5 * 3 + 1))
  await one.release()
  await many.release()
})

test('full training of a ViT costs about three forward passes less the first layer; LoRA little more than two', async () => {
  const model = smallVit('fused')
  const [full, trunk] = [await made({ model }), await made({ model, trainable: 'none' })]
  const lora = withLora(model, await findBlocks(model), { rank: 2, at: ['q', 'v'], random: chance('lora') })
  const names = new Set(lora.trainable.map(({ name }) => name))
  const adapted = await made({ model: lora.model, trainable: ({ name }) => names.has(name) })
  const counted = countOperations(model, await shapesOf(model, { batch: 1 }))
  const first = counted.byNode.find(({ op }) => op === 'Conv')!.macs * 2
  const F = (await full.operations()).forward
  expect(F).toBeGreaterThan(counted.total)
  const ratio = (await full.operations()).gradients / (3 * F - first)
  expect(ratio).toBeLessThan(1)
  expect(ratio).toBeGreaterThan(0.9)
  const spent = await adapted.operations()
  expect(spent.gradients / spent.forward).toBeLessThan(2.1)
  expect(spent.gradients / spent.forward).toBeGreaterThan(1.6)
  const head = await trunk.operations()
  expect(head.gradients).toBeLessThan(1.01 * head.forward + 1000)
  for (const subject of [full, trunk, adapted]) await subject.release()
})

test('a head on embeddings costs its products', async () => {
  const subject = await made({ model: embeddingNetwork(192), trainable: 'none', batch: 32 })
  subject.grow(97)
  const { forward, gradients } = await subject.operations()
  expect(forward).toBe(2 * 192 * 100 + 100)
  expect(gradients).toBe(forward + 2 * 192 * 100 + 2 * (7 * 100))
  await subject.release()
})

test('what a front computes is counted with each example', async () => {
  const doubled = {
    inputs: { bytes: { type: 'uint8' as const, shape: ['batch', 6] } },
    nodes: [
      { op: 'Cast', inputs: ['bytes'], outputs: ['numbers'], attributes: { to: 1 } },
      { op: 'Add', inputs: ['numbers', 'numbers'], outputs: ['twice'] },
    ],
    output: 'twice',
  }
  const subject = await made({ fronts: { doubled } })
  const [shown, own] = [
    await subject.operations({ front: 'doubled' }),
    await subject.operations({ front: 'x' }),
  ]
  expect(shown).toEqual({ ...own, forward: own.forward + 6, gradients: own.gradients + 6 })
  await subject.release()
})
