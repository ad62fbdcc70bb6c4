import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { cosines } from '../../src/datasets/fake-makers/cosines.ts'
import { fakeMakers } from '../../src/datasets/fake-makers/index.ts'
import { chance } from '../../src/tensor/index.ts'

/** A smooth ground with an edge and some grain, as photographs have. */
const picture = Uint8Array.from({ length: 3072 }, (_, i) => {
  const [c, y, x] = [i >> 10, (i >> 5) & 31, i & 31]
  const grain = (x * 37 + y * 101 + c * 59 + ((x * y) % 83) * 3) % 31
  return 40 + c * 20 + x * 3 + y + (x + y > 34 ? 60 : 0) + grain
})

const apart = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length

/** SHA-256 of what each maker makes of the picture above: the same on every machine. */
const made: Record<string, string> = {
  smoothed: '8e19a8015434ce58430b83bc38a6575d76e01c9825623219c23e6de3d958a01d',
  recompressed: 'b2198cdc8de565516f1fca02aac423fa733ea70ed0f06c5a6231c3f3a2a134a0',
  upsampled: '798fa8b100421f769e10b7bca6de192e626ad5e23507cedc72948c1b37373692',
  dithered: '0f8371b725849e57538a6c96ffea67e7602f5f36b22bbb9241e404db797b03bf',
  patched: '1c805cbd6913f51e255383436ca1df119ebeb692e80075ed74a788fddc424d8b',
}

test.each(fakeMakers)('$name makes the same bytes on every machine', ({ name, make }) => {
  const digest = createHash('sha256')
    .update(make(picture, chance('golden')))
    .digest('hex')
  expect(digest).toBe(made[name])
})

test.each(fakeMakers)(
  '$name changes a picture a little, and leaves the one it was given alone',
  ({ make }) => {
    const before = picture.slice()
    const fake = make(picture, chance(0))
    expect(picture).toEqual(before)
    expect(fake).toHaveLength(3072)
    expect(apart(fake, picture)).toBeGreaterThan(1)
    expect(apart(fake, picture)).toBeLessThan(20)
  },
)

test.each(fakeMakers)('$name leaves an even surface alone, all but its last bits', ({ make }) => {
  for (const value of [0, 16, 128, 255]) {
    const even = new Uint8Array(3072).fill(value)
    for (const byte of make(even, chance(0))) expect(Math.abs(byte - value)).toBeLessThanOrEqual(8)
  }
})

test('five makers leave five traces', () => {
  const fakes = fakeMakers.map(({ make }) => make(picture, chance(0)))
  for (const [i, one] of fakes.entries()) {
    for (const other of fakes.slice(i + 1)) expect(apart(one, other)).toBeGreaterThan(1)
  }
  expect(new Set(fakeMakers.map(({ name }) => name)).size).toBe(5)
})

test('the transform in whole numbers is the transform in real ones, and comes back', () => {
  for (const n of [8, 32]) {
    const { forward, back } = cosines(n)
    const values = Array.from({ length: n * n }, (_, i) => (i * i * 7 + i * 13) % 256)
    const coefficients = forward(values)
    for (const [v, u] of [
      [0, 0],
      [0, 1],
      [3, 2],
      [n - 1, n - 1],
    ]) {
      const length = (k: number) => Math.sqrt((k === 0 ? 1 : 2) / n)
      const wave = (k: number, x: number) => Math.cos(((2 * x + 1) * k * Math.PI) / (2 * n))
      const real = values.reduce(
        (sum, value, i) => sum + value * wave(v, Math.floor(i / n)) * wave(u, i % n),
        0,
      )
      // The table has 13 bits: of values up to 255 the error stays far below what is dropped or rounded.
      expect(Math.abs(coefficients[v * n + u] / 16 - length(v) * length(u) * real)).toBeLessThan(0.9)
    }
    for (const [i, value] of back(coefficients).entries())
      expect(Math.abs(value - values[i])).toBeLessThanOrEqual(1)
  }
})

test('smoothing takes out the finest waves and keeps the broad ones', () => {
  const wave = (halfWaves: number) =>
    Uint8Array.from({ length: 3072 }, (_, i) =>
      Math.round(128 + 100 * Math.cos((((i & 31) + 0.5) * halfWaves * Math.PI) / 32)),
    )
  const make = fakeMakers[0].make
  expect(apart(make(wave(12), chance(0)), wave(12))).toBeLessThan(1.5)
  expect(apart(make(wave(26), chance(0)), wave(26))).toBeGreaterThan(40)
})

test('dithering leaves seventeen values, and the mean of a surface', () => {
  const grey = new Uint8Array(3072).fill(100)
  const fake = fakeMakers[3].make(grey, chance(0))
  expect(fakeMakers[3].name).toBe('dithered')
  expect([...new Set(fake)].sort((a, b) => a - b)).toEqual([96, 112]) // 6 and 7 sixteenths of 255
  expect(Math.abs(fake.reduce((a, b) => a + b) / 3072 - 100)).toBeLessThan(1)
})

test('patches lie elsewhere in each picture, and most of the picture is as it was', () => {
  const make = fakeMakers[4].make
  const kept = (fake: Uint8Array) => fake.filter((value, i) => value === picture[i]).length / 3072
  for (let i = 0; i < 20; i++) expect(kept(make(picture, chance(i)))).toBeGreaterThan(0.6)
  expect(
    new Set(Array.from({ length: 20 }, (_, i) => String(make(picture, chance(i))))).size,
  ).toBeGreaterThan(15)
})
