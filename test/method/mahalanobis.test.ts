import { expect, test } from 'vitest'
import { classCovariances } from '../../src/method/index.ts'
import { mahalanobis, shrunkCorrelation } from '../../src/method/mahalanobis.ts'
import { chance } from '../../src/tensor/index.ts'

const free = () => {}

test('the covariance [.04 .01; .01 .09], shrunk by its mean variance, correlates by .078386', () => {
  const once = { alpha1: 1, alpha2: 0, times: 1 }
  const [one, r, same, last] = shrunkCorrelation(Float64Array.of(0.04, 0.01, 0.01, 0.09), 2, once)
  expect([one, last].map((value) => value.toFixed(12))).toEqual(['1.000000000000', '1.000000000000'])
  expect(r).toBeCloseTo(0.01 / Math.sqrt(0.105 * 0.155), 12)
  expect(r).toBeCloseTo(0.078386, 6)
  expect(same).toBe(r)
})

test('in the metric of that correlation (1,1) is 0.110947 from (2,1), squared, both at length 1', async () => {
  // Rows whose mean is anything and whose covariance, with the divisor n − 1, is that matrix: L times orthogonal points.
  const L = [0.2, 0.05, Math.sqrt(0.09 - 0.05 ** 2)]
  const statistics = classCovariances(2, { count: free })
  statistics.grow([0])
  const root = Math.sqrt(1.5)
  const corners = [
    [root, 0],
    [-root, 0],
    [0, root],
    [0, -root],
  ]
  const rows = corners.flatMap(([a, b]) => [L[0] * a, L[1] * a + L[2] * b])
  await statistics.add(Float64Array.from(rows), new Int32Array(4))
  const S = statistics.covariance(0)
  for (const [at, s] of [0.04, 0.01, 0.01, 0.09].entries()) expect(S[at]).toBeCloseTo(s, 7)
  const distances = mahalanobis(statistics, { shrinkage: { alpha1: 1, alpha2: 0, times: 1 }, count: free })
  const half = Math.SQRT1_2
  const [score] = await distances.scores(
    Float64Array.of(half, half),
    Float64Array.of(2 / Math.sqrt(5), 1 / Math.sqrt(5)),
  )
  expect(-score).toBeCloseTo(0.110947, 6)
})

test('covariances come out alike however the examples are cut into batches and classes are mixed', async () => {
  const random = chance('covariances')
  const d = 5
  const labels = Int32Array.from({ length: 60 }, () => random.below(3))
  const rows = Float64Array.from({ length: 60 * d }, () => 3 + random.normal())
  const inBatches = async (size: number) => {
    const statistics = classCovariances(d, { count: free })
    statistics.grow([0, 1, 2])
    for (let at = 0; at < 60; at += size) {
      await statistics.add(rows.slice(at * d, (at + size) * d), labels.slice(at, at + size))
    }
    return statistics
  }
  const whole = await inBatches(60)
  const pieces = await inBatches(7)
  for (const k of [0, 1, 2]) {
    const own = [...labels.keys()].filter((i) => labels[i] === k)
    const mean = (j: number) => own.reduce((sum, i) => sum + rows[i * d + j], 0) / own.length
    for (let a = 0; a < d; a++) {
      expect(pieces.means[k * d + a]).toBeCloseTo(mean(a), 10)
      for (let b = 0; b < d; b++) {
        const products = own.map((i) => (rows[i * d + a] - mean(a)) * (rows[i * d + b] - mean(b)))
        const expected = products.reduce((sum, value) => sum + value, 0) / (own.length - 1)
        expect(whole.covariance(k)[a * d + b]).toBeCloseTo(expected, 6)
        expect(pieces.covariance(k)[a * d + b]).toBeCloseTo(expected, 6)
      }
    }
  }
})
