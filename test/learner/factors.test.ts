import { expect, test } from 'vitest'
import { crossEntropy, embeddingNetwork, learner, oneHot, sgd } from '../../src/learner/index.ts'

const step = { inputs: { rows: Float32Array.of(1, 2) }, targets: { targets: oneHot([0], 2) } }

async function moved(factors?: Record<string, number>) {
  const subject = await learner({
    model: embeddingNetwork(2),
    head: { kind: 'linear', classes: 2, init: 'zeros' },
    trainable: 'none',
    loss: crossEntropy(),
    optimiser: sgd({ rate: 1 }),
    groups: [
      { name: 'bias', match: (weight) => weight === 'head.bias', factor: 0.5 },
      { name: 'weights', match: () => true },
    ],
    batch: 1,
    threads: 1,
    seed: 0,
  })
  await subject.step(step, { rate: 0.1, ...(factors && { factors }) })
  const head = subject.head()
  await subject.release()
  return head
}

test('a step can give a group another share of the rate than it was made with', async () => {
  // The gradient of the bias is (−½, ½).
  expect((await moved()).subarray(4)).toEqual(Float32Array.of(0.025, -0.025))
  const other = await moved({ bias: 2 })
  expect(other.subarray(4)).toEqual(Float32Array.of(0.1, -0.1))
  expect(other.subarray(0, 4)).toEqual((await moved()).subarray(0, 4))
  expect((await moved({ weights: 0 })).subarray(0, 4)).toEqual(new Float32Array(4))
})
