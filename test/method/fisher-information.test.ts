import { expect, test } from 'vitest'
import { crossEntropy, sgd } from '../../src/learner/index.ts'
import { consolidation, fisherEstimates, fisherInformation, network } from '../../src/method/index.ts'
import { embeddingBackbone } from '../fixtures/backbones.ts'

/** Two classes, one number in: scores (w₀ x, w₁ x), w = (0.5, 0); and a bias of 0, which the papers' example lacks. */
async function twoWeights() {
  const backbone = embeddingBackbone(1, () => new Float32Array(0))
  const subject = network(backbone, { loss: crossEntropy(), optimiser: sgd({ rate: 0 }), batch: 2 })
  subject.grow([7, 3])
  await subject.setHead(Float32Array.of(0.5, 0, 0, 0))
  return subject
}
const rows = Float32Array.of(1, 2)
const labels = Int32Array.of(7, 7)
const plain = { batch: 2, examples: 2, cap: 0, count: () => {} }

test.each([
  ['empirical', 0.215927],
  ['weighted', 0.150116],
  ['per-batch', 0.2095],
  ['one-batch', 0.2095],
  ['true', 0.510726],
])(
  'two classes, data 1 and 2 of the first: the %s estimate is %d for either weight',
  async (name, wanted) => {
    const fisher = fisherInformation(await twoWeights(), { ...plain, estimate: fisherEstimates[name] })
    await fisher.add(rows, labels)
    const [first, second] = fisher.take()
    expect(first).toBeCloseTo(wanted, 6)
    expect(second).toBeCloseTo(wanted, 6)
  },
)

test('weighted: a last batch that is short counts full', async () => {
  const of = async (batch: number) => {
    const fisher = fisherInformation(await twoWeights(), {
      ...plain,
      batch,
      estimate: fisherEstimates.weighted,
    })
    await fisher.add(rows, labels)
    await fisher.add(rows.subarray(0, 1), labels.subarray(0, 1))
    return fisher.take()[0]
  }
  expect((await of(3)) * 6).toBeCloseTo((await of(2)) * 4, 6)
})

test('one batch: of what comes, only the first examples, wherever batches end', async () => {
  const of = async (cuts: readonly number[]) => {
    const fisher = fisherInformation(await twoWeights(), {
      ...plain,
      examples: 3,
      estimate: fisherEstimates['one-batch'],
    })
    const all = Float32Array.of(1, 2, -1, 5)
    let from = 0
    for (const to of cuts) {
      await fisher.add(all.subarray(from, to), Int32Array.of(7, 3, 7, 3).subarray(from, to))
      from = to
    }
    return fisher.take()[0]
  }
  expect(await of([2, 4])).toBeCloseTo(await of([3]), 7)
})

test('a cap is the largest entry; saved in the middle, it goes on where it was', async () => {
  const subject = await twoWeights()
  const capped = () => fisherInformation(subject, { ...plain, cap: 0.2, estimate: fisherEstimates.empirical })
  const fisher = capped()
  await fisher.add(rows.subarray(0, 1), labels.subarray(0, 1))
  const resumed = capped()
  resumed.load(structuredClone(fisher.save()))
  for (const each of [fisher, resumed]) await each.add(rows.subarray(1), labels.subarray(1))
  const taken = fisher.take()
  expect(resumed.take()).toEqual(taken)
  expect(taken[0]).toBeCloseTo(0.2, 7)
  expect(fisher.bytes()).toBe(16)
})

test('a shift of (0.1, −0.2) from the anchor costs 0.0107964 times λ, or 0.539819 with 100/2', async () => {
  const subject = await twoWeights()
  const held = consolidation(subject, { bookkeeping: 'online', strength: 50, gamma: 1, count: () => {} })
  await held.add(Float32Array.of(0.215927, 0.215927, 0, 0))
  await subject.setHead(Float32Array.of(0.6, -0.2, 0, 0))
  const { penalty } = await subject.step({ rows, targets: { targets: subject.targets(labels) } })
  expect(penalty).toBeCloseTo(0.539819, 5)
})
