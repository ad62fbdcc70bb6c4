import { describe, expect, test } from 'vitest'
import { bytesOf, linearHead } from '../../src/method/index.ts'
import { chance } from '../../src/tensor/index.ts'

const free = () => {}
const plain = { learningRate: 1, momentum: 0, weightDecay: 0, count: free, length: null }
type Weights = { labels: Int32Array; W: Float32Array; b: Float32Array; v: Float32Array; vb: Float32Array }

function numbers(name: string, length: number, scale = 1): Float32Array {
  const random = chance(name)
  return Float32Array.from({ length }, () => scale * random.normal())
}

/** −(1/n) Σ log softmax(x Wᵀ + b)[label], in float64. */
function crossEntropy(
  x: ArrayLike<number>,
  y: Int32Array,
  W: Float64Array,
  b: Float64Array,
  d: number,
): number {
  let sum = 0
  y.forEach((label, i) => {
    const z = Array.from(b, (bias, k) => {
      let dot = bias
      for (let j = 0; j < d; j++) dot += x[i * d + j] * W[k * d + j]
      return dot
    })
    sum += Math.log(z.reduce((a, value) => a + Math.exp(value), 0)) - z[label]
  })
  return sum / y.length
}

test('a step at rate 1 moves every weight by its central difference of the loss', async () => {
  const [n, d, C] = [9, 5, 4]
  const x = numbers('x', n * d)
  const y = Int32Array.from({ length: n }, (_, i) => i % C)
  const head = await linearHead({ ...plain, dimension: d })
  head.load({
    labels: Int32Array.of(0, 1, 2, 3),
    W: numbers('W', C * d, 0.5),
    b: numbers('b', C),
    v: new Float32Array(C * d),
    vb: new Float32Array(C),
  })
  const before = head.save() as Weights
  const loss = await head.step(x, y)
  const after = head.save() as Weights

  const W = Float64Array.from(before.W)
  const b = Float64Array.from(before.b)
  expect(loss).toBeCloseTo(crossEntropy(x, y, W, b, d), 6)
  const difference = (of: Float64Array, i: number) => {
    const at = of[i]
    of[i] = at + 1e-5
    const up = crossEntropy(x, y, W, b, d)
    of[i] = at - 1e-5
    const down = crossEntropy(x, y, W, b, d)
    of[i] = at
    return (up - down) / 2e-5
  }
  for (let i = 0; i < W.length; i++) expect(before.W[i] - after.W[i]).toBeCloseTo(difference(W, i), 6)
  for (let i = 0; i < b.length; i++) expect(before.b[i] - after.b[i]).toBeCloseTo(difference(b, i), 6)
})

test('momentum and decay are PyTorch’s: v ← m v + g + λ W, W ← W − η v, and the bias does not decay', async () => {
  const head = await linearHead({
    dimension: 1,
    learningRate: 0.5,
    momentum: 0.9,
    weightDecay: 0.1,
    count: free,
    length: null,
  })
  head.load({
    labels: Int32Array.of(0, 1),
    W: Float32Array.of(2, -2),
    b: Float32Array.of(0, 0),
    v: Float32Array.of(1, 0),
    vb: Float32Array.of(0, 1),
  })
  await head.step(Float32Array.of(0), Int32Array.of(0)) // x = 0: both p are 1/2, dW = 0, db = (−.5, .5)
  const { W, b, v, vb } = head.save() as Weights
  const close = (actual: Float32Array, expected: number[]) =>
    actual.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 6)
    })
  close(v, [0.9 + 0.2, -0.2])
  close(W, [2 - 0.55, -2 + 0.1])
  close(vb, [-0.5, 0.9 + 0.5])
  close(b, [0.25, -0.7])
})

test('an untrained head gives every one of 4 classes the loss ln 4', async () => {
  const head = await linearHead({ ...plain, dimension: 3 })
  head.grow([0, 1, 2, 3])
  expect(await head.loss(numbers('x', 6), Int32Array.of(1, 3))).toBeCloseTo(Math.log(4), 6)
})

test('growing keeps the old classes’ weights and momentum, and starts the new ones at zero', async () => {
  const head = await linearHead({ ...plain, dimension: 3, learningRate: 0.1, momentum: 0.9 })
  head.grow([8, 5])
  await head.step(numbers('x', 12), Int32Array.of(8, 5, 5, 8))
  const before = head.save() as Weights
  head.grow([5, 2]) // 5 is known already
  const after = head.save() as Weights
  expect(Array.from(after.labels)).toEqual([8, 5, 2])
  expect(after.W).toEqual(Float32Array.of(...before.W, 0, 0, 0))
  expect(after.v).toEqual(Float32Array.of(...before.v, 0, 0, 0))
  expect(after.b).toEqual(Float32Array.of(...before.b, 0))
  expect(after.vb).toEqual(Float32Array.of(...before.vb, 0))
  expect(before.v.some((v) => v !== 0)).toBe(true)
})

test('two separated classes are learned to a loss near nothing', async () => {
  const head = await linearHead({
    dimension: 2,
    learningRate: 0.02,
    momentum: 0.9,
    weightDecay: 0,
    count: free,
  })
  head.grow([0, 1])
  const x = Float32Array.of(1, 0.2, 0.9, 0, -1, 0.1, -0.8, -0.2)
  const y = Int32Array.of(0, 0, 1, 1)
  const losses: number[] = []
  for (let i = 0; i < 100; i++) losses.push(await head.step(x, y))
  expect(losses[0]).toBeCloseTo(Math.log(2), 6)
  expect(losses[99]).toBeLessThan(0.01)
})

describe('scores of a row', () => {
  test.each([16, 192, 1280])('are the same bits alone and among 600 others, at dimension %i', async (d) => {
    const head = await linearHead({ ...plain, dimension: d, learningRate: 0.01 })
    head.grow(Array.from({ length: 37 }, (_, k) => k))
    const n = 601
    const x = numbers(`rows ${d}`, n * d)
    await head.step(
      x,
      Int32Array.from({ length: n }, (_, i) => i % 37),
    )
    const together = await head.scores(x)
    const order = chance('order').permutation(n)
    const shuffled = new Float32Array(n * d)
    order.forEach((from, to) => {
      shuffled.set(x.subarray(from * d, (from + 1) * d), to * d)
    })
    const apart = await head.scores(shuffled)
    order.forEach((from, to) => {
      expect(apart.subarray(to * 37, (to + 1) * 37)).toEqual(together.subarray(from * 37, (from + 1) * 37))
    })
    for (const i of [0, 5, 255, 256, 600]) {
      const alone = await head.scores(x.slice(i * d, (i + 1) * d))
      expect(alone).toEqual(together.subarray(i * 37, (i + 1) * 37))
    }
  })
})

test('equal steps give equal bits, and a restored head goes on with them', async () => {
  const make = () =>
    linearHead({ dimension: 7, learningRate: 0.05, momentum: 0.9, weightDecay: 1e-3, count: free })
  const [a, b, c] = [await make(), await make(), await make()]
  const x = numbers('x', 21)
  const y = Int32Array.of(2, 0, 1)
  for (const head of [a, b]) {
    head.grow([0, 1, 2])
    for (let i = 0; i < 5; i++) await head.step(x, y)
  }
  expect(a.save()).toEqual(b.save())
  c.load(structuredClone(a.save()))
  await a.step(x, y)
  await c.step(x, y)
  expect(c.save()).toEqual(a.save())
  expect(c.bytes()).toBe(bytesOf(c.save()))
  expect(c.bytes()).toBe(8 * 3 * (7 + 1) + 4 * 3)
})

test('a step changes neither its rows nor its labels, and is counted', async () => {
  let operations = 0
  const head = await linearHead({
    dimension: 4,
    learningRate: 0.1,
    momentum: 0,
    weightDecay: 0,
    count: (n) => (operations += n),
  })
  head.grow([0, 1])
  const x = numbers('x', 8)
  const y = Int32Array.of(0, 1)
  await head.step(x, y)
  expect(x).toEqual(numbers('x', 8))
  expect(y).toEqual(Int32Array.of(0, 1))
  // an example: 2 products of 2·4·2, 15 for each of 2 scores; 2 a weight and bias; 3 a stretched number
  expect(operations).toBe(2 * (2 * 16 + 15 * 2) + 2 * (8 + 2) + 3 * 8)
})

test('the run is told how many parameters are trained', async () => {
  const told: number[] = []
  const base = { trains: (parameters: number) => void told.push(parameters) }
  const head = await linearHead({ ...plain, dimension: 5, base })
  head.grow([0, 1])
  head.grow([2])
  expect(told).toEqual([12, 18])
})
