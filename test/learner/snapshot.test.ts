import { expect, test } from 'vitest'
import { crossEntropy, type LearnerOptions, learner, sgd } from '../../src/learner/index.ts'
import { batchOf, convolutional, perceptron } from './networks.ts'

const options: LearnerOptions = {
  model: convolutional(),
  head: { kind: 'linear', classes: 3 },
  trainable: 'all',
  batchNorm: 'training',
  loss: crossEntropy(),
  optimiser: sgd({ rate: 0.1, momentum: 0.9 }),
  batch: 6,
  threads: 1,
  seed: 0,
}

test('an earlier self scores and sees as it did, to the bit, after more steps and more classes', async () => {
  const subject = await learner(options)
  const asked = (n: number, classes = 3) => batchOf(6, classes, n, 192)
  for (let n = 0; n < 3; n++) await subject.step(asked(n))
  const { inputs } = batchOf(10, 3, 50, 192)
  const [scores, features] = [await subject.scores(inputs), await subject.features(inputs)]
  const then = structuredClone(subject.snapshot()) // as through a checkpoint
  expect(then.classes).toBe(3)
  subject.grow(2)
  for (let n = 3; n < 6; n++) await subject.step(asked(n, 5))
  expect(await subject.scores(inputs, then)).toEqual(scores)
  expect(await subject.features(inputs, then)).toEqual(features)
  const now = await subject.scores(inputs)
  expect(now).toHaveLength(50)
  expect(await subject.features(inputs)).not.toEqual(features)
  expect(await subject.scores(inputs, subject.snapshot())).toEqual(now)
  await subject.release()
})

test('looking back changes nothing of what comes', async () => {
  const [looking, other] = [await learner(options), await learner(options)]
  const then = looking.snapshot()
  for (let n = 0; n < 3; n++) {
    await looking.scores(batchOf(4, 3, 9, 192).inputs, then)
    await looking.step(batchOf(6, 3, n, 192))
    await other.step(batchOf(6, 3, n, 192))
  }
  expect(looking.save()).toEqual(other.save())
  await looking.release()
  await other.release()
})

test('a snapshot of another network is refused', async () => {
  const [subject, other] = [
    await learner(options),
    await learner({ ...options, model: perceptron(), batchNorm: 'frozen' }),
  ]
  await expect(subject.scores(batchOf(6, 3, 0, 192).inputs, other.snapshot())).rejects.toMatchObject({
    code: 'learner-state-mismatch',
  })
  await subject.release()
  await other.release()
})
