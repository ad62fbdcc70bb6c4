import { expect, test } from 'vitest'
import {
  crossEntropy,
  type LearnerOptions,
  type LearnerState,
  learner,
  sgd,
} from '../../src/learner/index.ts'
import { batchOf, convolutional, perceptron } from './networks.ts'
import { expectNear } from './numbers.ts'

const made = (given: Partial<LearnerOptions> = {}) =>
  learner({
    model: convolutional(),
    head: { kind: 'linear', classes: 3 },
    trainable: 'all',
    loss: crossEntropy(),
    optimiser: sgd({ rate: 0.1, momentum: 0.9 }),
    batch: 4,
    threads: 1,
    seed: 0,
    ...given,
  })

const batch = batchOf(4, 3, 0, 3 * 64)

test('a step tells its gradient, without the pull, and moves weights and running statistics as one that does not', async () => {
  const [told, silent] = [await made({ batchNorm: 'training' }), await made({ batchNorm: 'training' })]
  for (const subject of [told, silent])
    subject.setAnchor({ strength: 3, at: new Float32Array(subject.weights().length) })
  const { gradients } = await told.gradients(batch)
  const step = await told.step(batch, { withGradients: true })
  const other = await silent.step(batch)
  expect(step.gradients).toEqual(gradients)
  expect(other.gradients).toBeUndefined()
  expect(step.penalty).toBeCloseTo(other.penalty!, 5)
  expectNear(told.weights(), silent.weights(), 1e-6)
  expect((told.save() as LearnerState).statistics).toEqual((silent.save() as LearnerState).statistics)
  await Promise.all([told.release(), silent.release()])
})

test('a gradient in evaluation is normalised by running statistics, of any number of examples, and drops nothing', async () => {
  const [training, frozen] = [await made({ batchNorm: 'training' }), await made()]
  const long = batchOf(9, 3, 0, 3 * 64)
  const [asEvaluated, wanted] = [
    await training.gradients(long, { mode: 'evaluation' }),
    await frozen.gradients(long),
  ]
  expectNear(asEvaluated.gradients, wanted.gradients, 1e-6)
  await expect(training.gradients(long)).rejects.toThrow('looks at the whole batch')
  const own = (await training.gradients(batch)).gradients
  expect(own).not.toEqual((await training.gradients(batch, { mode: 'evaluation' })).gradients)
  await Promise.all([training.release(), frozen.release()])
})

test('an anchor and any flat vector grow with the head: what is new is 0', async () => {
  const subject = await made({ model: perceptron(), head: { kind: 'linear', classes: 2 } })
  const narrow = subject.weights()
  subject.setAnchor({ strength: 2, importance: narrow.map(() => 1), at: narrow })
  subject.grow(3)
  const marks = subject.widened(narrow.map(() => 1))
  const { importance, at, strength } = subject.anchor()!
  expect(strength).toBe(2)
  expect(importance).toEqual(marks)
  expect(at).toEqual(subject.widened(narrow))
  expect(marks.reduce((sum, mark) => sum + mark)).toBe(narrow.length)
  const weights = subject.weights()
  for (const [i, mark] of marks.entries()) if (mark === 1) expect(at[i]).toBe(weights[i])
  expect(subject.widened(weights)).toEqual(weights)
  expect(() => subject.widened(narrow.subarray(1))).toThrow('are not those of')
  subject.setAnchor(null)
  expect(subject.anchor()).toBeNull()
  await subject.release()
})
