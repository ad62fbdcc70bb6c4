import { expect, test } from 'vitest'
import { adamW, crossEntropy, type LearnerOptions, learner, oneHot } from '../../src/learner/index.ts'
import { readModel } from '../../src/onnx/index.ts'
import { dropoutPlaces, findBlocks, withLora, withMasks } from '../../src/rewriting/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { small, smallVit } from '../fixtures/small-vits.ts'
import { expectNear, wave } from './numbers.ts'

const pixels = smallVit('fused').graph.inputs[0].name
const batch = (rows: number, n = 0) => ({
  inputs: { [pixels]: wave(rows * 3 * small.image * small.image, 500 * n) },
  targets: {
    targets: oneHot(
      Array.from({ length: rows }, (_, i) => (i + n) % 3),
      3,
    ),
  },
})

function made(given: Partial<LearnerOptions> = {}) {
  return learner({
    model: smallVit('fused'),
    head: { kind: 'linear', classes: 3 },
    trainable: 'all',
    loss: crossEntropy(),
    optimiser: adamW({ rate: 0.003 }),
    batch: 6,
    threads: 1,
    seed: 'vit',
    ...given,
  })
}

test('a ViT learns, with equal bits on one thread and on two', async () => {
  const [one, two] = [await made(), await made({ threads: 2 })]
  const first = await one.step(batch(6))
  expect(await two.step(batch(6))).toEqual(first)
  for (let n = 0; n < 25; n++) expect(await two.step(batch(6))).toEqual(await one.step(batch(6)))
  expect(two.weights()).toEqual(one.weights())
  expect((await one.step(batch(6))).loss).toBeLessThan(0.7 * first.loss)
  await one.release()
  await two.release()
})

test('its micro-batches give the gradient of the whole batch to 3e-7', async () => {
  const [whole, cut] = [await made({ batch: 10 }), await made({ batch: 4 })]
  const [a, b] = [(await whole.gradients(batch(10))).gradients, (await cut.gradients(batch(10))).gradients]
  expect(Math.hypot(...a.map((g, i) => g - b[i])) / Math.hypot(...a)).toBeLessThan(3e-7)
  await whole.release()
  await cut.release()
})

const adapted = async (dropout: number): Promise<Partial<LearnerOptions>> => {
  const model = smallVit('fused')
  const vit = await findBlocks(model)
  const lora = withLora(model, vit, { rank: 2, at: ['q', 'v'], random: chance('lora') })
  const masked = withMasks(lora.model, dropoutPlaces(vit, dropout))
  const names = new Set(lora.trainable.map(({ name }) => name))
  return { model: masked.model, masks: masked.masks, trainable: ({ name }) => names.has(name) }
}

test('LoRA trains its own weights and the head, nothing else, and is exported with the rest', async () => {
  const subject = await made(await adapted(0))
  const names = subject.entries.map(({ ref }) => ref.name)
  expect(names).toHaveLength(2 + 2 * small.blocks * 2)
  for (let n = 0; n < 3; n++) await subject.step(batch(6, n))
  const session = await openSession(subject.export(), { threads: 1, label: 'exported' })
  const { inputs } = batch(4, 9)
  const outputs = await session.run({
    [pixels]: new Tensor('float32', inputs[pixels], [4, 3, small.image, small.image]),
  })
  expectNear(outputs.scores.data as Float32Array, await subject.scores(inputs), 1e-5)
  await session.release()
  await subject.release()
})

test('dropout is drawn anew at each step, is not there when evaluating, and resumes to the bit', async () => {
  const [whole, resumed, plain] = [
    await made(await adapted(0.3)),
    await made(await adapted(0.3)),
    await made(await adapted(0)),
  ]
  const same = batch(6)
  expect(await whole.scores(same.inputs)).toEqual(await plain.scores(same.inputs))
  const losses = [await whole.step(same, { rate: 0 }), await whole.step(same, { rate: 0 })]
  expect(losses[0].loss).not.toBe(losses[1].loss)
  resumed.load(structuredClone(whole.save()))
  for (let n = 0; n < 3; n++) expect(await resumed.step(batch(6, n))).toEqual(await whole.step(batch(6, n)))
  expect(resumed.save()).toEqual(whole.save())
  for (const subject of [whole, resumed, plain]) await subject.release()
})

test('a network with dropout is exported without it: the file asks for pictures alone', async () => {
  const subject = await made(await adapted(0.3))
  const bytes = subject.export()
  const { graph } = readModel(bytes, 'exported')
  expect(graph.inputs.map(({ name }) => name)).toEqual([pixels])
  const session = await openSession(bytes, { threads: 1, label: 'exported' })
  const { inputs } = batch(4, 9)
  const outputs = await session.run({
    [pixels]: new Tensor('float32', inputs[pixels], [4, 3, small.image, small.image]),
  })
  expectNear(outputs.scores.data as Float32Array, await subject.scores(inputs), 1e-5)
  await session.release()
  await subject.release()
})
