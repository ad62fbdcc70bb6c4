import { expect, test } from 'vitest'
import { featureScale } from '../../src/method/index.ts'
import { chance } from '../../src/tensor/index.ts'

const d = 6
const n = 400

/** Correlated, shifted, positive features whose scales differ, as a ReLU network's do. */
function features(): Float32Array {
  const draws = chance('features')
  return Float32Array.from({ length: n * d }).map((_, at) => {
    const j = at % d
    return 50 + 10 ** (j / 4) * draws.normal()
  })
}

async function scaled(kind: 'each' | 'whitened') {
  let counted = 0
  const scale = featureScale({ dimension: d, kind, count: (operations) => (counted += operations) })
  const rows = features()
  for (let at = 0; at < n; at += 100) await scale.add(rows.slice(at * d, (at + 100) * d))
  return { scale, rows, z: await scale.apply(rows), counted: () => counted }
}

function covariance(z: Float32Array): number[][] {
  const mean = Array.from(
    { length: d },
    (_, j) => z.reduce((sum, v, at) => sum + (at % d === j ? v : 0), 0) / n,
  )
  return Array.from({ length: d }, (_, a) =>
    Array.from({ length: d }, (_, b) => {
      let sum = 0
      for (let i = 0; i < n; i++) sum += (z[i * d + a] - mean[a]) * (z[i * d + b] - mean[b])
      return sum / n
    }),
  )
}

test('scaled each by itself, features have mean 0 and one deviation, and a row length 10 on average', async () => {
  const { z } = await scaled('each')
  const C = covariance(z)
  // The largest feature dominates the mean variance, whose ridge of 1e-4 damps the smallest ones.
  expect(C[d - 1][d - 1]).toBeCloseTo(100 / d, 0)
  expect(C[d - 2][d - 2]).toBeCloseTo(100 / d, 0)
  expect(z.reduce((sum, v) => sum + v, 0) / z.length).toBeCloseTo(0, 3)
})

test('whitened features are uncorrelated', async () => {
  const { z } = await scaled('whitened')
  const C = covariance(z)
  for (let a = 0; a < d; a++)
    for (let b = 0; b < a; b++) expect(Math.abs(C[a][b])).toBeLessThan(0.02 * C[d - 1][d - 1])
  expect(C[d - 1][d - 1]).toBeCloseTo(100 / d, 0)
})

test.each(['each', 'whitened'] as const)(
  '%s: a row is mapped by itself, to the bit, and the rows are only read',
  async (kind) => {
    const { scale, rows, z } = await scaled(kind)
    const before = rows.slice()
    for (const i of [0, 7, n - 1]) {
      expect(await scale.apply(rows.slice(i * d, (i + 1) * d))).toEqual(z.slice(i * d, (i + 1) * d))
    }
    expect(rows).toEqual(before)
  },
)

test.each(['each', 'whitened'] as const)(
  '%s: a restored scale maps to the same bits and charges its factor once',
  async (kind) => {
    const { scale, rows, z, counted } = await scaled(kind)
    let again = 0
    const restored = featureScale({ dimension: d, kind, count: (operations) => (again += operations) })
    restored.load(scale.save())
    expect(await restored.apply(rows)).toEqual(z)
    const before = counted()
    await scale.apply(rows)
    expect(again).toBe(counted() - before)
    expect(restored.bytes()).toBe(kind === 'each' ? 16 * d + 9 : 8 * d * d + 8 * d + 9)
  },
)

test('a feature that never varies stays finite', async () => {
  const scale = featureScale({ dimension: 2, kind: 'each', count: () => undefined })
  await scale.add(Float32Array.of(3, 4, 3, 4))
  expect([...(await scale.apply(Float32Array.of(3, 4)))].every(Number.isFinite)).toBe(true)
})
