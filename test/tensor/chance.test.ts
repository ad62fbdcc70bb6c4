import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chance } from '../../src/tensor/index.ts'

const draws = (names: readonly (string | number)[], count = 8) => {
  const random = chance(...names)
  return Array.from({ length: count }, () => random.float())
}

test('equal names give equal numbers', () => {
  expect(draws([3, 'buffer'])).toEqual(draws([3, 'buffer']))
})

test('different names, and names cut differently, give different numbers', () => {
  const first = draws([3, 'buffer'])
  for (const names of [[4, 'buffer'], [3, 'init'], ['3', 'buffer'], ['3buffer'], [3, 'buf', 'fer'], []]) {
    expect(draws(names)).not.toEqual(first)
  }
})

test('the numbers are the same on every machine and in every version', () => {
  // From test/oracles/chance.py.
  expect(draws([1993, 'golden'], 3)).toEqual([0.3445459774851015, 0.6328341061447622, 0.6611590279183119])
})

test('a saved place goes on with exactly the numbers that would have come', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.nat(50),
      fc.array(fc.constantFrom('float', 'below', 'normal', 'permutation')),
      (seed, skip, kinds) => {
        const one = chance(seed)
        for (let i = 0; i < skip; i++) one.normal() // an odd number leaves half a pair behind
        const place = structuredClone(one.save())
        const next = (random: ReturnType<typeof chance>) =>
          kinds.map((kind) =>
            kind === 'below'
              ? random.below(1000)
              : kind === 'permutation'
                ? [...random.permutation(7)]
                : random[kind as 'float' | 'normal'](),
          )
        const expected = next(one)
        const other = chance('another')
        other.load(place)
        expect(next(other)).toEqual(expected)
      },
    ),
    { seed: 1 },
  )
})

test('floats lie in [0, 1) and fill it evenly', () => {
  const random = chance('floats')
  const bins = new Uint32Array(20)
  for (let i = 0; i < 100_000; i++) bins[Math.floor(random.float() * 20)]++
  expect(bins.reduce((sum, count) => sum + count, 0)).toBe(100_000)
  const chiSquared = bins.reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0)
  expect(chiSquared).toBeLessThan(43.8) // 19 degrees of freedom, p = 0.001
})

test('below(3 · 2³⁰) is uniform, where a plain remainder would give its first third twice as often', () => {
  const random = chance('below')
  const thirds = [0, 0, 0]
  const n = 3 * 2 ** 30
  for (let i = 0; i < 30_000; i++) thirds[Math.floor(random.below(n) / 2 ** 30)]++
  // Modulo would give 15000 / 7500 / 7500. Standard deviation of each third is 82.
  for (const count of thirds) expect(Math.abs(count - 10_000)).toBeLessThan(350)
})

test('below(n) gives every whole number under n and no other', () => {
  const random = chance('dice')
  const seen = new Set(Array.from({ length: 1000 }, () => random.below(6)))
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5])
  expect(random.below(1)).toBe(0)
  expect(random.below(2 ** 32)).toBeLessThan(2 ** 32)
  for (const n of [0, -1, 2 ** 32 + 1, Number.NaN]) expect(() => random.below(n)).toThrow(RangeError)
})

test('normal numbers have mean 0, deviation 1 and a normal’s tails', () => {
  const random = chance('normal')
  const values = Array.from({ length: 50_000 }, () => random.normal())
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  const beyondTwo = values.filter((value) => Math.abs(value) > 2).length / values.length
  expect(Math.abs(mean)).toBeLessThan(0.015)
  expect(Math.abs(variance - 1)).toBeLessThan(0.025)
  expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.003)
})

test('a permutation holds each number once, and all six orders of three are equally likely', () => {
  const random = chance('permutation')
  expect([...random.permutation(100)].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
  const counts = new Map<string, number>()
  for (let i = 0; i < 6000; i++) {
    const order = random.permutation(3).join('')
    counts.set(order, (counts.get(order) ?? 0) + 1)
  }
  expect(counts.size).toBe(6)
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120)
  expect([...random.permutation(0)]).toEqual([])
})
