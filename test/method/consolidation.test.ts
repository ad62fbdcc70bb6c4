import { expect, test } from 'vitest'
import { sgd } from '../../src/learner/index.ts'
import { type ConsolidationOptions, consolidation, network } from '../../src/method/index.ts'
import { embeddingBackbone } from '../fixtures/backbones.ts'

const rows = Float32Array.of(1, 2)

/** A head on one number: two classes with 2 weights and 2 biases, then a third class. */
async function held(options: Partial<ConsolidationOptions>) {
  const backbone = embeddingBackbone(1, () => new Float32Array(0))
  const subject = network(backbone, { optimiser: sgd({ rate: 0 }), batch: 2 })
  const part = () =>
    consolidation(subject, { bookkeeping: 'online', strength: 2, gamma: 1, count: () => {}, ...options })
  const books = part()
  subject.grow([0, 1])
  await subject.setHead(Float32Array.of(1, 2, 0, 0))
  await books.add(Float32Array.of(1, 0, 4, 0.5))
  subject.grow([2])
  await subject.setHead(Float32Array.of(2, 2, 5, 1, 0, 3))
  return {
    subject,
    books,
    part,
    async penaltyAt(...weights: readonly number[]) {
      await subject.setHead(Float32Array.from(weights))
      const { penalty } = await subject.step({ rows, targets: { targets: subject.targets([0, 1]) } })
      return penalty! + books.rest
    },
  }
}
// Of the second task: weights (2, 2, 5), biases (1, 0, 3).
const second = Float32Array.of(3, 1, 2, 0, 0, 7)

test('what did not exist at the anchor is not pulled', async () => {
  const { penaltyAt } = await held({})
  // 2 · (1 · 1² + 0 · 0² + 4 · 2² + 0.5 · 0²), whatever the third class has
  expect(await penaltyAt(2, 2, 99, 2, 0, -99)).toBeCloseTo(34, 4)
})

test('separate: one pull that is the sum of two, at any weights, and keeps each', async () => {
  const { books, penaltyAt, part } = await held({ bookkeeping: 'separate' })
  const before = books.bytes()
  await books.add(second)
  // first: 1 · (0 − 1)² + 4 · 1² = 5       second: 3 · (0 − 2)² + 1 · 1² + 2 · 1² + 7 · 3² = 78
  expect(await penaltyAt(0, 3, 6, 1, 0, 0)).toBeCloseTo(2 * (5 + 78), 3)
  // at the centre of both there is something left: 1 · 3 / (1 + 3) · (2 − 1)² for the weight, 4 · 1² for a bias of no second pull
  expect(await penaltyAt(1.75, 2, 5, 0, 0, 3)).toBeCloseTo(2 * 0.75, 5)
  // 6 weights, twice, in float32: importance and anchor of the second task
  expect(books.bytes() - before).toBe(6 * 2 * 4)
  const again = part()
  again.load(structuredClone(books.save()))
  expect(again.rest).toBe(books.rest)
})

test('online: the old importance times γ, about the latest weights', async () => {
  const { subject, books, penaltyAt } = await held({ gamma: 0.5 })
  const before = books.bytes()
  await books.add(second)
  expect((await subject.anchor())!.importance).toEqual(Float32Array.of(3.5, 1, 2, 2, 0.25, 7))
  expect(await penaltyAt(1, 2, 5, 1, 0, 3)).toBeCloseTo(2 * 3.5, 5)
  expect(books.bytes()).toBe(before)
})

test('averaged: by the share of old classes, where there is something old', async () => {
  const { subject, books } = await held({ bookkeeping: 'averaged' })
  await books.add(second)
  const [a, b] = [2 / 3, 1 / 3]
  const wanted = [a * 1 + b * 3, b * 1, 2, a * 4, a * 0.5, 7]
  const { importance, at } = (await subject.anchor())!
  importance.forEach((each, i) => {
    expect(each).toBeCloseTo(wanted[i], 6)
  })
  expect(at).toEqual(Float32Array.of(2, 2, 5, 1, 0, 3))
})
