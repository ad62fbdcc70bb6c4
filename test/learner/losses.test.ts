import { expect, test } from 'vitest'
import { bytesOf, type Network, type Ref } from '../../src/autodiff/index.ts'
import { gradientGraph } from '../../src/learner/graphs.ts'
import { inputName } from '../../src/learner/input-name.ts'
import { layOut } from '../../src/learner/layout.ts'
import {
  binaryCrossEntropy,
  crossEntropy,
  evenly,
  type Loss,
  maskOf,
  meanSquares,
  normalised,
  oneHot,
  softened,
  supervisedContrastive,
  surpriseOf,
  symmetricCrossEntropy,
  weightedSum,
} from '../../src/learner/losses/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'
import golden from '../golden/learner/losses.json' with { type: 'json' }
import { expectNear, wave } from './numbers.ts'

/** The loss of these scores, which are themselves the only weight, and its gradient. */
async function evaluated(
  loss: Loss,
  scores: Float32Array<ArrayBuffer>,
  [rows, width]: readonly [number, number],
  fed: Readonly<Record<string, Float32Array>>,
) {
  const z: Ref = { name: 'z', type: 'float32', dims: [rows, width] }
  const network: Network = {
    label: 'scores',
    inputs: [z],
    outputs: ['z'],
    nodes: [],
    constants: new Map(),
    shapes: new Map([['z', z]]),
  }
  const graph = gradientGraph({
    headed: { network, features: z, scores: z, terms: [] },
    loss,
    worth: [],
    recompute: [],
    wanted: [0],
    entries: layOut([{ ref: z, head: true, grows: false }], [{ name: 'all', match: 'head' }]),
  })
  const session = await openSession(bytesOf(graph.parts), { threads: 1, label: loss.name })
  const float = (data: Float32Array, dims: readonly number[]) =>
    new Tensor('float32', data as Float32Array<ArrayBuffer>, dims)
  const outputs = await session.run({
    z: float(scores, [rows, width]),
    [inputName.share]: float(Float32Array.of(1 / rows), []),
    [inputName.sum('z')]: float(new Float32Array(rows * width), [rows, width]),
    ...Object.fromEntries(
      Object.entries(graph.fed).map(([name, dims]) => [inputName.fed(name), float(fed[name], dims)]),
    ),
  })
  await session.release()
  return {
    loss: (outputs[graph.loss!].data as Float32Array)[0],
    gradient: outputs[graph.gradients.get(0)!].data as Float32Array,
  }
}

const labels = [0, 3, 1, 4, 4, 2]
const hot = oneHot(labels, 5)
const old = wave(30, 50, 2)

const cases: Record<keyof typeof golden, { loss: Loss; fed: Record<string, Float32Array>; size?: number }> = {
  'cross-entropy': { loss: crossEntropy(), fed: { targets: hot } },
  smoothed: { loss: crossEntropy(), fed: { targets: oneHot(labels, 5, 0.1) } },
  chosen: {
    loss: crossEntropy({ masked: true }),
    fed: { targets: oneHot([3, 4, 2, 3, 4, 2], 5), mask: maskOf([2, 3, 4], 6, 5) },
  },
  distillation: {
    loss: crossEntropy({ masked: true, temperature: 2 }),
    fed: {
      targets: softened(
        old.filter((_, i) => i % 5 < 3),
        { known: 3, width: 5, temperature: 2 },
      ),
      mask: maskOf([0, 1, 2], 6, 5),
    },
  },
  'mean-squares': { loss: meanSquares(), fed: { targets: old, weights: evenly(6, 5) } },
  binary: { loss: binaryCrossEntropy(), fed: { targets: hot, weights: evenly(6, 5) }, size: 9 },
  normalised: {
    loss: normalised(crossEntropy(), { tasks: [0, 0, 1, 1, 1], temperature: 0.1 }),
    fed: { targets: hot },
  },
  symmetric: { loss: symmetricCrossEntropy(), fed: { targets: hot, surprise: surpriseOf(hot, 5) } },
  contrastive: {
    loss: supervisedContrastive({ temperature: 0.2 }),
    fed: { targets: oneHot([0, 1, 0, 2, 0, 1], 5) },
  },
  sum: {
    loss: weightedSum({ now: [crossEntropy(), 1], stored: [meanSquares(), 0.5] }),
    fed: { 'now.targets': hot, 'stored.targets': old, 'stored.weights': evenly(6, 5) },
  },
}

for (const [name, { loss, fed, size = 2 }] of Object.entries(cases)) {
  test(`${name}: PyTorch’s value and gradient`, async () => {
    const expected = golden[name as keyof typeof golden]
    const seen = await evaluated(loss, wave(30, 3, size), [6, 5], fed)
    expect(Math.abs(seen.loss - expected.loss)).toBeLessThan(2e-6 * expected.loss)
    expectNear(seen.gradient, expected.gradient, 3e-6)
  })
}

test('a symmetric cross-entropy over chosen classes is that of their scores alone', async () => {
  const mask = maskOf([2, 3], 1, 4)
  const targets = oneHot([2], 4)
  const surprise = surpriseOf(targets, 4).map((value, k) => (mask[k] === 0 ? value : 0))
  const loss = symmetricCrossEntropy({ masked: true })
  const seen = await evaluated(loss, Float32Array.of(3, 4, 1, 0), [1, 4], { targets, surprise, mask })
  // p = (.731059, .268941): .313262 + .1 · .268941 · 9.210340
  expect(seen.loss).toBeCloseTo(0.560966, 5)
  expect(seen.gradient.slice(0, 2)).toEqual(new Float32Array(2))
  const alone = { targets: oneHot([0], 2), surprise: surpriseOf(oneHot([0], 2), 2) }
  const two = await evaluated(symmetricCrossEntropy(), Float32Array.of(1, 0), [1, 2], alone)
  expectNear(seen.gradient.slice(2), two.gradient, 1e-6)
})

test('normalised scores: the worked example of SLCA', async () => {
  const loss = normalised(crossEntropy(), { tasks: [0, 0, 1, 1], temperature: 0.1 })
  const seen = await evaluated(loss, Float32Array.of(3, 4, 1, 0), [1, 4], { targets: oneHot([0], 4) })
  expect(seen.loss).toBeCloseTo(3.368431, 5)
})

test('normalised scores: a head of zeros gets no gradient, and not NaN', async () => {
  const loss = normalised(crossEntropy(), { tasks: [0, 1], temperature: 0.1 })
  const seen = await evaluated(loss, new Float32Array(2), [1, 2], { targets: oneHot([0], 2) })
  expect(seen.loss).toBeCloseTo(Math.log(2), 6)
  expect(seen.gradient.every(Number.isFinite)).toBe(true)
})

test('distillation: the worked example of LwF', async () => {
  const targets = softened(Float32Array.of(2, 0), { known: 2, width: 2, temperature: 2 })
  expectNear(targets, [0.731059, 0.268941], 1e-6)
  const loss = crossEntropy({ temperature: 2 })
  const seen = await evaluated(loss, Float32Array.of(1, 1), [1, 2], { targets })
  expect(seen.loss).toBeCloseTo(Math.LN2, 6)
})

test('a row of zeros counts for nothing in any loss', async () => {
  const padded = { targets: oneHot([1, -1, 0], 3) }
  for (const loss of [crossEntropy(), symmetricCrossEntropy(), supervisedContrastive()]) {
    const seen = await evaluated(loss, wave(9, 1), [3, 3], {
      ...padded,
      surprise: surpriseOf(padded.targets, 3),
    })
    expect(seen.gradient.slice(3, 6)).toEqual(new Float32Array(3))
  }
})

test('a class that takes no part gets no gradient', async () => {
  const fed = { targets: oneHot([3, 4, 2, 3, 4, 2], 5), mask: maskOf([2, 3, 4], 6, 5) }
  const { gradient } = await evaluated(crossEntropy({ masked: true }), wave(30, 3, 2), [6, 5], fed)
  expect(gradient.every((value, i) => i % 5 >= 2 || value === 0)).toBe(true)
})

test('a label without a score is refused', () => {
  expect(() => oneHot([0, 5], 5)).toThrow('row 1 has column 5, and there are 5 scores')
})
