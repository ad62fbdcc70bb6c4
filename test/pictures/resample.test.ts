import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Filter, resampleWeights, resizePil } from '../../src/pictures/index.ts'

interface Golden {
  values: number[]
  pil: { from: [number, number]; to: [number, number]; filter: Filter; sha256: string; row: number[] }[]
  side: {
    from: number
    to: number
    filter: Filter
    antialias: boolean
    alignCorners: boolean
    out: number[]
  }[]
}

/** Made by test/oracles/resize.py with Pillow and torch. */
const golden = JSON.parse(readFileSync(new URL('../golden/resize.json', import.meta.url), 'utf8')) as Golden

/** The oracle's picture: [3, height, width]. */
function picture(width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(3 * width * height)
  for (let c = 0, i = 0; c < 3; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) pixels[i] = (37 * x + 101 * y + 59 * c + ((x * y) % 83) * 3) % 256
    }
  }
  return pixels
}

describe('a picture is resized to the very bytes of PIL', () => {
  test.each(golden.pil)('$filter from $from to $to', ({ from, to, filter, sha256, row }) => {
    const made = resizePil(picture(...from), ...from, ...to, filter)
    const start = to[0] * to[1] + Math.floor(to[1] / 2) * to[0]
    expect([...made.subarray(start, start + row.length)]).toEqual(row)
    expect(createHash('sha256').update(made).digest('hex')).toBe(sha256)
  })
})

describe('a side is resampled with the weights of torch', () => {
  test.each(golden.side)(
    '$filter from $from to $to, antialias $antialias, aligned corners $alignCorners',
    ({ from, to, filter, antialias, alignCorners, out }) => {
      const weights = resampleWeights(from, to, { filter, antialias, alignCorners })
      const made = out.map((_, i) => {
        let sum = 0
        for (let x = 0; x < from; x++) sum += weights[i * from + x] * golden.values[x]
        return sum
      })
      for (const [i, value] of made.entries()) expect(value).toBeCloseTo(out[i], 7)
    },
  )
})

test('two samples become four at a quarter, as one reckons by hand', () => {
  const weights = resampleWeights(2, 4, { filter: 'bilinear', antialias: false, alignCorners: false })
  expect([...weights]).toEqual([1, 0, 0.75, 0.25, 0.25, 0.75, 0, 1])
})

test('the weights of every output sample add up to one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom<Filter>('nearest', 'bilinear', 'bicubic'),
      fc.boolean(),
      fc.boolean(),
      (from, to, filter, antialias, alignCorners) => {
        const weights = resampleWeights(from, to, { filter, antialias, alignCorners })
        for (let i = 0; i < to; i++) {
          const row = weights.subarray(i * from, (i + 1) * from)
          expect(row.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 10)
        }
      },
    ),
    { numRuns: 200, seed: 7 },
  )
})
