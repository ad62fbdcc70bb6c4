import { expect, test } from 'vitest'
import { crossEntropy, learner, oneHot, sgd } from '../../src/learner/index.ts'
import { buildModel, readModel } from '../../src/onnx/index.ts'

/** Two classes, one number in: scores (w₀ x, w₁ x), w = (0.5, 0). */
const twoWeights = () =>
  learner({
    model: readModel(
      buildModel({
        inputs: { x: { type: 'float32', shape: ['batch', 1] } },
        outputs: { scores: { type: 'float32', shape: ['batch', 2] } },
        nodes: [{ op: 'Gemm', inputs: ['x', 'w'], outputs: ['scores'], attributes: { transB: 1 } }],
        constants: { w: { type: 'float32', dims: [2, 1], data: [0.5, 0] } },
      }),
      'two weights',
    ),
    head: 'none',
    trainable: 'all',
    loss: crossEntropy(),
    optimiser: sgd({ rate: 0.1 }),
    batch: 2,
    threads: 1,
    seed: 0,
  })

const inputs = { x: Float32Array.of(1, 2) }
const expectBoth = (seen: Float32Array, value: number) => {
  expect(seen).toHaveLength(2)
  for (const each of seen) expect(each).toBeCloseTo(value, 6)
}

test('the empirical Fisher information of the worked example: gradients squared one by one', async () => {
  const subject = await twoWeights()
  const squares = await subject.squaredGradients({ inputs, targets: { targets: oneHot([0, 0], 2) } })
  const fisher = squares.map((square) => square / 2)
  expectBoth(fisher, 0.215927)

  const at = subject.weights()
  subject.setAnchor({ strength: 50, importance: fisher, at })
  subject.setWeights(Float32Array.of(at[0] + 0.1, at[1] - 0.2))
  const { penalty } = await subject.step({ inputs, targets: { targets: oneHot([0, 0], 2) } }, { rate: 0 })
  expect(penalty).toBeCloseTo(0.539819, 5)
  await subject.release()
})

test('a batch’s squared mean gradient, as Avalanche and GEM have it', async () => {
  const subject = await twoWeights()
  const { gradients } = await subject.gradients({ inputs, targets: { targets: oneHot([0, 0], 2) } })
  expectBoth(
    gradients.map((g) => g * g),
    0.2095,
  )
  await subject.release()
})

test('squares weighted by the probability of the label, as Mammoth has it; and the true Fisher', async () => {
  const subject = await twoWeights()
  const scores = await subject.scores(inputs)
  const weighted = async (label: 0 | 1) => {
    // a target of √p instead of 1 makes the square p · g²
    const targets = new Float32Array(4)
    for (const row of [0, 1]) {
      const [mine, other] = [scores[2 * row + label], scores[2 * row + 1 - label]]
      targets[2 * row + label] = Math.sqrt(1 / (1 + Math.exp(other - mine)))
    }
    return (await subject.squaredGradients({ inputs, targets: { targets } })).map((square) => square / 2)
  }
  const [zero, one] = [await weighted(0), await weighted(1)]
  expectBoth(zero, 0.150116)
  expectBoth(
    zero.map((each, i) => each + one[i]),
    0.510726,
  )
  await subject.release()
})

test('a learner without a head of its own does not grow', async () => {
  const subject = await twoWeights()
  expect(subject.classes).toBe(2)
  expect(() => subject.grow(1)).toThrow('without a head')
  await subject.release()
})
