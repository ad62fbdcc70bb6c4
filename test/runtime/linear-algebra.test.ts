import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StreambedError } from '../../src/error.ts'
import {
  addOuter,
  cholesky,
  factorise,
  inverse,
  product,
  solve,
  solveBy,
  symmetric,
} from '../../src/runtime/index.ts'

const values = (count: number, phase = 0) =>
  Float64Array.from({ length: count }, (_, i) => Math.sin((i + phase) * 12.9898))
const transposed = (a: Float64Array, rows: number, columns: number) =>
  Float64Array.from({ length: a.length }, (_, i) => a[(i % rows) * columns + Math.floor(i / rows)])
const plain = (a: Float64Array, b: Float64Array, rows: number, inner: number, columns: number) =>
  Float64Array.from({ length: rows * columns }, (_, i) => {
    let sum = 0
    for (let k = 0; k < inner; k++)
      sum += a[Math.floor(i / columns) * inner + k] * b[k * columns + (i % columns)]
    return sum
  })
const furthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0)

test('[1 2 3; 4 5 6] times [1 0; 0 1; 1 1] is [4 5; 10 11]', async () => {
  const shape = { rows: 2, inner: 3, columns: 2 }
  expect(await product(Float64Array.of(1, 2, 3, 4, 5, 6), Float64Array.of(1, 0, 0, 1, 1, 1), shape)).toEqual(
    Float64Array.of(4, 5, 10, 11),
  )
  expect(await product(Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(1, 0, 0, 1, 1, 1), shape)).toEqual(
    Float32Array.of(4, 5, 10, 11),
  )
})

test('a product is the sum it stands for, whichever side is transposed and in both types', async () => {
  const size = fc.integer({ min: 1, max: 40 })
  await fc.assert(
    fc.asyncProperty(
      size,
      size,
      size,
      fc.boolean(),
      fc.boolean(),
      async (rows, inner, columns, transposeA, transposeB) => {
        const a = values(rows * inner)
        const b = values(inner * columns, 3)
        const expected = plain(a, b, rows, inner, columns)
        const left = transposeA ? transposed(a, rows, inner) : a
        const right = transposeB ? transposed(b, inner, columns) : b
        const shape = { rows, inner, columns, transposeA, transposeB }
        expect(furthest(await product(left, right, shape), expected)).toBeLessThan(1e-12)
        const single = await product(Float32Array.from(left), Float32Array.from(right), shape)
        expect(single).toBeInstanceOf(Float32Array)
        expect(furthest(single, expected)).toBeLessThan(1e-4)
      },
    ),
    { numRuns: 60, seed: 3 },
  )
})

test('a product has the same bits on every call, and writes to neither matrix', async () => {
  const n = 300
  const a = Float32Array.from(values(n * n))
  const before = a.slice()
  const first = await product(a, a, { rows: n, inner: n, columns: n, transposeB: true })
  const again = await product(a, a, { rows: n, inner: n, columns: n, transposeB: true })
  expect(Buffer.from(again.buffer).equals(Buffer.from(first.buffer))).toBe(true)
  expect(Buffer.from(a.buffer).equals(Buffer.from(before.buffer))).toBe(true)
})

test('an empty product is empty, or zeros when there is nothing to sum', async () => {
  const none = new Float64Array(0)
  expect(await product(none, values(6), { rows: 0, inner: 2, columns: 3 })).toEqual(new Float64Array(0))
  expect(await product(none, none, { rows: 2, inner: 0, columns: 2 })).toEqual(new Float64Array(4))
})

test('matrices of two types, or that do not fill their shape, are refused', async () => {
  const shape = { rows: 1, inner: 2, columns: 1 }
  await expect(
    product<Float32Array | Float64Array>(new Float32Array(2), new Float64Array(2), shape),
  ).rejects.toThrow(TypeError)
  await expect(product(new Float64Array(3), new Float64Array(2), shape)).rejects.toThrow(/do not fill/)
})

/** M·Mᵀ + n·I: symmetric, positive definite, well conditioned. */
async function positive(n: number): Promise<Float64Array> {
  const m = values(n * n)
  const a = await product(m, m, { rows: n, inner: n, columns: n, transposeB: true })
  for (let i = 0; i < n; i++) a[i * n + i] += n
  return a
}

test('the inverse of [4 7; 2 6] is [0.6 −0.7; −0.2 0.4]', async () => {
  expect(furthest(await inverse(Float64Array.of(4, 7, 2, 6), 2), [0.6, -0.7, -0.2, 0.4])).toBeLessThan(1e-15)
})

test('a matrix times its inverse is the identity', async () => {
  const n = 200
  const a = await positive(n)
  const identity = await product(a, await inverse(a, n), { rows: n, inner: n, columns: n })
  expect(
    furthest(
      identity,
      Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
    ),
  ).toBeLessThan(1e-12)
})

test('a matrix without an inverse is an error that says how to mend it', async () => {
  const error = await inverse(Float64Array.of(1, 2, 2, 4), 2).catch((cause) => cause)
  expect(error).toBeInstanceOf(StreambedError)
  expect([error.code, error.mend]).toEqual(['matrix-singular', expect.stringContaining('diagonal')])
})

test('4x + 2y = 8 and 2x + 3y = 7 give x = 1.25, y = 1.5', async () => {
  const a = Float64Array.of(4, 2, 2, 3)
  expect(furthest(await solve(a, Float64Array.of(8, 7), { n: 2 }), [1.25, 1.5])).toBeLessThan(1e-15)
  expect(furthest(await cholesky(a, 2), [2, 0, 1, Math.SQRT2])).toBeLessThan(1e-15)
})

test.each([
  [1, 1],
  [5, 3],
  [250, 7],
  [256, 2], // one panel of columns exactly
  [257, 1],
  [520, 3],
])(
  'a system of %i unknowns and %i right-hand sides is solved, from the lower triangle alone',
  async (n, columns) => {
    const a = await positive(n)
    const b = values(n * columns, 11)
    const before = [a.slice(), b.slice()]
    const x = await solve(a, b, { n, columns })
    expect([a, b]).toEqual(before)
    expect(furthest(await product(a, x, { rows: n, inner: n, columns }), b)).toBeLessThan(1e-11)
    const lower = a.map((value, i) => (i % n > Math.floor(i / n) ? Number.NaN : value))
    expect(await solve(lower, b, { n, columns })).toEqual(x)
    const factor = await cholesky(a, n)
    expect(
      furthest(await product(factor, factor, { rows: n, inner: n, columns: n, transposeB: true }), a),
    ).toBeLessThan(1e-11)
  },
)

test('a Gram matrix grows block by block, and a ridge is added to its diagonal and not to it', async () => {
  const [n, inner] = [300, 50]
  const x = values(n * inner)
  const [one, two] = [values(n * inner, 5), values(n * inner, 9)]
  const gram = symmetric(n)
  for (const part of [x, one, two]) await addOuter(gram, part, inner)
  const before = structuredClone(gram)
  const b = values(n * 2, 1)
  const solved = await solveBy(await factorise(gram, 0.5), b, 2)
  expect(gram).toEqual(before)
  const full = new Float64Array(n * n)
  for (const part of [x, one, two]) {
    const outer = await product(part, part, { rows: n, inner, columns: n, transposeB: true })
    for (let at = 0; at < full.length; at++) full[at] += outer[at]
  }
  for (let i = 0; i < n; i++) full[i * n + i] += 0.5
  expect(furthest(await product(full, solved, { rows: n, inner: n, columns: 2 }), b)).toBeLessThan(1e-10)
})

test('a matrix that is not positive definite is named by the row that shows it', async () => {
  await expect(solve(Float64Array.of(1, 2, 2, 1), Float64Array.of(1, 1), { n: 2 })).rejects.toThrow(
    /2 × 2 .* pivot 2 is -3/,
  )
  const nan = solve(Float64Array.of(Number.NaN), Float64Array.of(1), { n: 1 })
  await expect(nan).rejects.toBeInstanceOf(StreambedError)
  await expect(solve(new Float64Array(3), new Float64Array(2), { n: 2 })).rejects.toBeInstanceOf(RangeError)
})
