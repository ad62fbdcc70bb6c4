import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { paired, signFlip, summarise, tQuantile } from '../../src/report/statistics.ts'

// Eight paired seeds, worked by hand and checked with SciPy.
const a = [71.2, 69.8, 72.5, 70.1, 71.9, 70.7, 72.0, 71.1]
const b = [70.4, 69.9, 71.0, 69.2, 71.1, 70.9, 70.6, 70.3]
const d = a.map((value, i) => value - b[i])

describe('the mean of a cell', () => {
  test('has the sample deviation, not the population one', () => {
    expect(summarise([1, 2, 3])?.sd).toBe(1)
    expect(summarise(d)?.mean).toBeCloseTo(0.7375, 10)
    expect(summarise(d)?.sd).toBeCloseTo(0.613974, 6)
  })
  test('has Student’s interval', () => {
    const { low, high } = summarise(d)!
    expect(low).toBeCloseTo(0.224205, 6)
    expect(high).toBeCloseTo(1.250795, 6)
  })
  test.each([
    [3, 4.3027],
    [5, 2.7764],
    [8, 2.3646],
    [10, 2.2622],
  ])('of %i values uses t = %f', (n, t) => expect(tQuantile(0.975, n - 1)).toBeCloseTo(t, 4))
  test('of one value claims no spread', () => {
    expect(summarise([0.5])).toEqual({ n: 1, mean: 0.5, sd: null, low: null, high: null, same: false })
  })
  test('of no values does not exist', () => expect(summarise([])).toBeUndefined())
  test('knows one number when it sees it, rounding aside', () => {
    expect(summarise([0.1 + 0.2, 0.3, 0.3])).toMatchObject({ same: true, sd: 0 })
    expect(summarise([0.3, 0.3001])?.same).toBe(false)
  })
})

describe('a paired difference', () => {
  test('gives the textbook t', () => {
    const { t, pT } = paired(d)!
    expect(t).toBeCloseTo(3.39748, 5)
    expect(pT).toBeCloseTo(0.0114818, 6)
  })
  test('gives t 4.4978 and p 0.0028 on the second worked pair', () => {
    const x = [78.1, 79.3, 77.9, 80.2, 78.8, 79.0, 78.4, 79.7]
    const y = [77.0, 78.8, 77.5, 79.1, 78.9, 78.2, 77.1, 79.0]
    const result = paired(x.map((value, i) => value - y[i]))!
    expect(result.t).toBeCloseTo(4.497804, 5)
    expect(result.pT).toBeCloseTo(0.00280571, 7)
  })
  test('has 8 of 256 sign patterns as far out', () => expect(paired(d)?.pSignFlip).toBe(8 / 256))
  test.each([
    [6, 2 / 64],
    [7, 2 / 128],
    [10, 2 / 1024],
  ])('of %i equal signs has the smallest p there is', (n, p) => {
    expect(paired(Array.from({ length: n }, (_, i) => 1 + i / 10))?.pSignFlip).toBe(p)
  })
  test('of five pairs is not testable', () => expect(paired([1, 2, 3, 4, 5])?.pSignFlip).toBeNull())
  test('without any spread has no t', () =>
    expect(paired([1, 1, 1])).toMatchObject({ t: null, pT: null, same: true }))
})

test('matching halves counts what counting every sign pattern counts', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 10 }),
      (differences) => {
        const seen = Math.abs(differences.reduce((sum, x) => sum + x, 0))
        let far = 0
        for (let bits = 0; bits < 2 ** differences.length; bits++) {
          const sum = differences.reduce((total, x, i) => total + (bits & (1 << i) ? x : -x), 0)
          if (Math.abs(sum) >= seen) far++
        }
        expect(signFlip(differences)).toBe(far / 2 ** differences.length)
      },
    ),
  )
})

test('forty pairs are counted exactly, more fall back on t', () => {
  expect(signFlip(Array.from({ length: 40 }, () => 1))).toBe(2 / 2 ** 40)
  const many = Array.from({ length: 60 }, (_, i) => Math.sin(i) + 0.2)
  expect(paired(many)?.pSignFlip).toBe(paired(many)?.pT)
})
