import { expect, test } from 'vitest'
import {
  adam,
  adamW,
  crossEntropy,
  type Learner,
  type LearnerOptions,
  learner,
  sgd,
} from '../../src/learner/index.ts'
import { batchOf, perceptron } from './networks.ts'
import { expectNear } from './numbers.ts'

const made = (given: Partial<LearnerOptions> = {}): Promise<Learner> =>
  learner({
    model: perceptron(),
    head: { kind: 'linear', classes: 5 },
    trainable: 'all',
    loss: crossEntropy(),
    optimiser: sgd({ rate: 0.1 }),
    batch: 8,
    threads: 1,
    seed: 0,
    ...given,
  })

/** What a flat vector holds for the columns of the head. */
function columnsIn(subject: Learner, flat: Float32Array, columns: readonly number[]): number[] {
  return subject.entries.flatMap(({ grows, offset, length }) =>
    grows
      ? Array.from(flat.subarray(offset, offset + length)).filter((_, i) =>
          columns.includes(i % subject.classes),
        )
      : [],
  )
}

const optimisers = {
  momentum: sgd({ rate: 0.1, momentum: 0.9, weightDecay: 0.1 }),
  adam: adam({ rate: 0.01, weightDecay: 0.1 }),
  adamw: adamW({ rate: 0.01, weightDecay: 0.1 }),
}

for (const [name, optimiser] of Object.entries(optimisers)) {
  for (const how of ['in one graph', 'in two', 'by a gradient'] as const) {
    test(`${name}, ${how}: columns that do not move keep their bits and what the optimiser knows of them`, async () => {
      const subject = await made({ optimiser, fused: how === 'in one graph' })
      subject.setAnchor({ strength: 0.5 })
      for (let n = 0; n < 3; n++) await subject.step(batchOf(8, 5, n))
      const before = subject.save()
      const batch = batchOf(8, 5, 3)
      if (how !== 'by a gradient') await subject.step(batch, { columns: [1, 4] })
      else await subject.apply((await subject.gradients(batch)).gradients, { columns: [1, 4] })
      const after = subject.save()
      const still = (state: typeof before) =>
        [state.weights, ...state.kept].map((flat) => columnsIn(subject, flat, [0, 2, 3]))
      const moved = (state: typeof before) =>
        [state.weights, ...state.kept].map((flat) => columnsIn(subject, flat, [1, 4]))
      expect(still(after)).toEqual(still(before))
      moved(after).forEach((values, part) => {
        values.forEach((value, i) => expect(value).not.toBe(moved(before)[part][i]))
      })
      expect(Array.from(after.ages)).toEqual([3, 4, 3, 3, 4])
      expect(after.weights.subarray(0, 48)).not.toEqual(before.weights.subarray(0, 48))
      await subject.release()
    })
  }
}

test('the columns that move go where they would if all did', async () => {
  const [some, all] = [
    await made({ optimiser: optimisers.momentum }),
    await made({ optimiser: optimisers.momentum }),
  ]
  for (let n = 0; n < 2; n++) {
    await some.step(batchOf(8, 5, n))
    await all.step(batchOf(8, 5, n))
  }
  await some.step(batchOf(8, 5, 2), { columns: [0, 3] })
  await all.step(batchOf(8, 5, 2))
  expectNear(columnsIn(some, some.weights(), [0, 3]), columnsIn(all, all.weights(), [0, 3]), 1e-7)
  await some.release()
  await all.release()
})

test('a column that does not move is no part of the length of a gradient that is cut', async () => {
  const subject = await made({ clip: 1e-3, optimiser: sgd({ rate: 1 }) })
  const batch = batchOf(8, 5)
  const { gradients } = await subject.gradients(batch)
  const still = columnsIn(subject, gradients, [0, 1, 2])
  const { norm } = await subject.step(batch, { columns: [3, 4] })
  expect(norm).toBeCloseTo(Math.sqrt(Math.hypot(...gradients) ** 2 - Math.hypot(...still) ** 2), 5)
  await subject.release()
})

test('a column that the head does not have is refused', async () => {
  const subject = await made()
  await expect(subject.step(batchOf(8, 5), { columns: [5] })).rejects.toThrow('columns: 5 of a head of 5')
  expect((await subject.step(batchOf(8, 5), { columns: [] })).loss).toBeGreaterThan(0)
  await subject.release()
})

for (const kind of ['linear', 'cosine'] as const) {
  test(`a ${kind} head is saved, altered and put back to the bit`, async () => {
    const subject = await made({ head: { kind, classes: 3 } })
    await subject.step(batchOf(8, 3))
    const { inputs } = batchOf(8, 3, 1)
    const saved = subject.head()
    expect(saved).toHaveLength(kind === 'linear' ? 5 * 3 + 3 : 5 * 3 + 1)
    const before = await subject.scores(inputs)
    subject.setHead(saved.map((value, i) => (i % 2 === 0 ? -value : value)))
    expect(await subject.scores(inputs)).not.toEqual(before)
    subject.setHead(saved)
    expect(await subject.scores(inputs)).toEqual(before)
    subject.grow(1)
    expect(() => subject.setHead(saved)).toThrow(`${saved.length} values for a head of`)
    await subject.release()
  })
}

test('a linear head is its weight and then its bias', async () => {
  const subject = await made({ head: { kind: 'linear', classes: 2 } })
  const { inputs } = batchOf(3, 2)
  const head = Float32Array.from({ length: 12 }, (_, i) => i)
  subject.setHead(head)
  const [features, scores] = [await subject.features(inputs), await subject.scores(inputs)]
  const byHand = Array.from({ length: 6 }, (_, i) => {
    const [row, k] = [i >> 1, i % 2]
    return [0, 1, 2, 3, 4].reduce((sum, j) => sum + features[5 * row + j] * head[2 * j + k], head[10 + k])
  })
  expectNear(scores, byHand, 1e-6)
  await subject.release()
})

test('a learner without a head has none to save', async () => {
  const subject = await made({ head: 'none' })
  expect(() => subject.head()).toThrow('without a head')
  await subject.release()
})
