import { expect, test } from 'vitest'
import { crossEntropy, type LearnerOptions, learner, sgd } from '../../src/learner/index.ts'
import { buildModel, readModel } from '../../src/onnx/index.ts'
import { batchOf, convolutional } from './networks.ts'

/** features [batch, 6] = log(x · w): NaN where a product is negative. */
const logarithm = readModel(
  buildModel({
    name: 'logarithm',
    inputs: { x: { type: 'float32', shape: ['batch', 6] } },
    outputs: { features: { type: 'float32', shape: ['batch', 6] } },
    nodes: [
      { op: 'Mul', name: 'scaling', inputs: ['x', 'w'], outputs: ['scaled'] },
      { op: 'Log', name: 'logarithm', inputs: ['scaled'], outputs: ['features'] },
    ],
    constants: { w: { type: 'float32', dims: [6], data: new Float32Array(6).fill(1) } },
  }),
  'logarithm',
)
const options: LearnerOptions = {
  model: logarithm,
  head: { kind: 'linear', classes: 3 },
  trainable: 'all',
  loss: crossEntropy(),
  optimiser: sgd({ rate: 0.01, momentum: 0.9 }),
  batch: 8,
  threads: 1,
  seed: 0,
}
/** Rows of 1, and with `at` one number of −2. */
const rows = (count: number, at?: number) => {
  const x = new Float32Array(count * 6).fill(1.5)
  if (at !== undefined) x[at] = -2
  return { inputs: { x }, targets: batchOf(count, 3).targets }
}

for (const fused of [true, false]) {
  test(`a loss that is NaN names the node that broke and leaves all as it was${fused ? '' : ', in two graphs'}`, async () => {
    const subject = await learner({ ...options, fused })
    await subject.step(rows(8))
    const before = structuredClone(subject.save())
    await expect(subject.step(rows(8, 9))).rejects.toMatchObject({
      code: 'loss-not-finite',
      what: expect.stringMatching(/^The loss is NaN: Log logarithm made NaN of scaled \(-2.* … 1\.5.*\)\.$/),
    })
    expect(subject.save()).toEqual(before)
    expect((await subject.step(rows(8))).loss).toBeGreaterThan(0)
    await subject.release()
  })
}

test('a batch of several runs is refused at the run that broke, its weights as before', async () => {
  const subject = await learner(options)
  const before = subject.weights()
  await expect(subject.step(rows(20, 119))).rejects.toMatchObject({ code: 'loss-not-finite' })
  expect(subject.weights()).toEqual(before)
  expect((await subject.step(rows(20))).loss).toBeGreaterThan(0)
  await subject.release()
})

test('NaN that was fed, and NaN that was in a weight, are called that', async () => {
  const subject = await learner(options)
  const batch = rows(8)
  batch.inputs.x[5] = Number.NaN
  await expect(subject.step(batch)).rejects.toThrow('The loss is NaN: the input x held NaN already.')
  subject.setWeights(subject.weights().fill(Number.NaN, 0, 1))
  await expect(subject.step(rows(8))).rejects.toMatchObject({
    what: 'The loss is NaN: the input w held NaN already.',
    mend: expect.stringContaining('lower the learning rate'),
  })
  await subject.release()
})

test('running statistics too are those from before', async () => {
  const subject = await learner({ ...options, model: convolutional(), batchNorm: 'training' })
  const good = batchOf(8, 3, 0, 192)
  await subject.step(good)
  const before = structuredClone(subject.save())
  const bad = { inputs: { x: good.inputs.x.with(7, Number.NaN) }, targets: good.targets }
  await expect(subject.step(bad)).rejects.toMatchObject({ code: 'loss-not-finite' })
  expect(subject.save()).toEqual(before)
  await subject.release()
})
