import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { boundedMinimum } from '../../src/method/bounded-minimum.ts'
import { constrainedGradient, projectedGradient } from '../../src/method/index.ts'
import { chance } from '../../src/tensor/index.ts'

const row = (...values: number[]) => Float32Array.from(values)
const free = () => {}
const first = row(-1, 1, 0)
const second = row(-1, 0, 2)

describe('of g = (1, 0, 0) and eps = 1e-3', () => {
  test.each([
    ['(−1, 1, 0)', 0, [first], [0.49975], [0.50025, 0.49975, 0]],
    ['(−1, 1, 0)', 0.5, [first], [0.5], [0.5, 0.5, 0]],
    ['(−1, 1, 0) and (−1, 0, 2)', 0, [first, second], [0.44421, 0.111136], [0.444654, 0.44421, 0.222272]],
    ['(−1, 1, 0) and (−1, 0, 2)', 0.5, [first, second], [0.5, 0.5], [0, 0.5, 1]],
  ])('against %s with margin %s', async (_, margin, references, multipliers, moved) => {
    const solved = await constrainedGradient(row(1, 0, 0), references, { margin, count: free })
    expect(solved.multipliers.length).toBe(multipliers.length)
    multipliers.forEach((v, k) => expect(solved.multipliers[k]).toBeCloseTo(v, 6))
    moved.forEach((value, i) => expect(solved.gradient[i]).toBeCloseTo(value, 6))
  })
})

test('a gradient that violates nothing is taken as it is, whatever the margin', async () => {
  const gradient = row(1, 2, 3)
  const solved = await constrainedGradient(gradient, [row(1, 0, 0), row(-2, 1, 0)], {
    margin: 0.5,
    count: free,
  })
  expect(solved).toEqual({ gradient, dots: [1, 0], multipliers: [] })
  expect((await constrainedGradient(gradient, [], { margin: 0.5, count: free })).gradient).toBe(gradient)
})

test('a gradient of thousands of weights raises no earlier loss once it is constrained', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = chance('constrained', seed)
    const vector = () => Float32Array.from({ length: 9001 }, () => random.normal())
    const gradient = vector()
    const references = Array.from({ length: 8 }, vector)
    const solved = await constrainedGradient(gradient, references, { margin: 0, count: free })
    expect(Math.min(...solved.dots)).toBeLessThan(0)
    for (const [k, reference] of references.entries()) {
      const dot = reference.reduce((sum, value, i) => sum + value * solved.gradient[i], 0)
      // eps lets a constraint that holds with multiplier v be missed by eps · v.
      expect(dot).toBeGreaterThanOrEqual(-1e-3 * solved.multipliers[k] - 0.05)
    }
  }
})

test('the minimum above a bound meets its conditions, and no other set of bounds does better', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.nat(), fc.constantFrom(0, 0.5, -1), (n, seed, bound) => {
      const random = chance('minimum', seed)
      // Fewer directions than unknowns make P all but singular.
      const width = 1 + random.below(n + 2)
      const A = Array.from({ length: n }, () => Array.from({ length: width }, () => random.normal()))
      const P = Float64Array.from({ length: n * n }, (_, at) => {
        const [i, j] = [Math.floor(at / n), at % n]
        return A[i].reduce((sum, a, k) => sum + a * A[j][k], 0) + (i === j ? 1e-3 : 0)
      })
      const q = Float64Array.from({ length: n }, () => random.normal())
      const v = boundedMinimum(P, q, bound)
      for (let i = 0; i < n; i++) {
        const slope = q[i] + v.reduce((sum, value, j) => sum + P[i * n + j] * value, 0)
        expect(v[i]).toBeGreaterThanOrEqual(bound)
        if (v[i] > bound) expect(Math.abs(slope)).toBeLessThan(1e-8)
        else expect(slope).toBeGreaterThan(-1e-8)
      }
    }),
    { numRuns: 500 },
  )
})

test('(1, 0) without what raises the loss along (−1, 1) is (0.5, 0.5)', async () => {
  expect([...(await projectedGradient(row(1, 0), row(-1, 1), free))]).toEqual([0.5, 0.5])
  const harmless = row(1, 0)
  expect(await projectedGradient(harmless, row(1, 5), free)).toBe(harmless)
})

test('counts its products: 2 P a dot, and what a program needs beside them', async () => {
  let operations = 0
  const count = (n: number) => {
    operations += n
  }
  await constrainedGradient(row(1, 0, 0), [row(1, 0, 0)], { margin: 0, count })
  expect(operations).toBe(6)
  operations = 0
  await constrainedGradient(row(1, 0, 0), [first, second], { margin: 0, count })
  expect(operations).toBe(12 + 24 + 12)
  operations = 0
  await projectedGradient(row(1, 0), row(-1, 1), count)
  expect(operations).toBe(12)
})
