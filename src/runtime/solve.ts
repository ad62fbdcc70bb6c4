import { StreambedError } from '../error.ts'
import { product } from './product.ts'

/** Rows handled together: small blocks in plain JavaScript, what lies between them as products of the runtime. */
const block = 96

/**
 * Solves A·X = B for a symmetric positive definite A, in float64, by Cholesky's factorisation A = L·Lᵀ.
 *
 * A [n, n] row-major, of which only the lower triangle is read; B and X [n, columns]. Neither is written to.
 * About n³/3 + 2·n²·columns multiply-adds; one thread unless said, and the same bits on every call.
 *
 *   await solve(Float64Array.of(4, 2, 2, 3), Float64Array.of(8, 7), { n: 2 }) → [1.25, 1.5]
 *
 * @throws matrix-not-positive-definite, with the row whose pivot failed.
 */
export async function solve(
  a: Float64Array,
  b: Float64Array,
  { n, columns = 1, threads = 1 }: { n: number; columns?: number; threads?: number },
): Promise<Float64Array> {
  if (a.length !== n * n || b.length !== n * columns) {
    throw new RangeError(
      `solve: ${a.length} and ${b.length} values are not [${n}, ${n}] and [${n}, ${columns}]`,
    )
  }
  const factor = await cholesky(a, n, threads)
  const x = b.slice()
  await forward(factor, x, n, columns, threads)
  await backward(factor, x, n, columns, threads)
  return x
}

/**
 * L of A = L·Lᵀ, row-major [n, n], zeros above the diagonal; only the lower triangle of A is read.
 *
 * Panel by panel: a diagonal block is factored, the rows under it follow, and the rest of the matrix loses their
 * product with themselves.
 *
 * @throws matrix-not-positive-definite
 */
export async function cholesky(a: Float64Array, n: number, threads = 1): Promise<Float64Array> {
  const factor = new Float64Array(n * n)
  for (let i = 0; i < n; i++) factor.set(a.subarray(i * n, i * n + i + 1), i * n)
  for (let from = 0; from < n; from += block) {
    const to = Math.min(n, from + block)
    for (let i = from; i < n; i++) {
      for (let j = from; j < Math.min(i + 1, to); j++) {
        const rest = factor[i * n + j] - dot(factor, i * n + from, j * n + from, j - from)
        if (i !== j) factor[i * n + j] = rest / factor[j * n + j]
        else if (rest > 0) factor[i * n + i] = Math.sqrt(rest)
        else throw notPositive(n, i, rest)
      }
    }
    const below = n - to
    if (below === 0) break
    const panel = part(factor, n, [to, n], [from, to])
    const shape = { rows: below, inner: to - from, columns: below, transposeB: true, threads }
    const spent = await product(panel, panel, shape)
    for (let i = 0; i < below; i++) {
      const row = (to + i) * n + to
      for (let j = 0; j <= i; j++) factor[row + j] -= spent[i * below + j]
    }
  }
  return factor
}

/** Four running sums let the processor overlap the multiply-adds of one dot product. */
function dot(values: Float64Array, left: number, right: number, length: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let k = 0
  for (; k + 3 < length; k += 4) {
    s0 += values[left + k] * values[right + k]
    s1 += values[left + k + 1] * values[right + k + 1]
    s2 += values[left + k + 2] * values[right + k + 2]
    s3 += values[left + k + 3] * values[right + k + 3]
  }
  for (; k < length; k++) s0 += values[left + k] * values[right + k]
  return s0 + s1 + (s2 + s3)
}

/** Overwrites x [n, columns] by the solution Y of L·Y = x. */
async function forward(factor: Float64Array, x: Float64Array, n: number, columns: number, threads: number) {
  for (let from = 0; from < n; from += block) {
    const to = Math.min(n, from + block)
    if (from > 0) {
      const known = part(factor, n, [from, to], [0, from])
      const shape = { rows: to - from, inner: from, columns, threads }
      takeFrom(x, from * columns, await product(known, x.slice(0, from * columns), shape))
    }
    for (let i = from; i < to; i++) {
      for (let k = from; k < i; k++) subtract(x, columns, i, k, factor[i * n + k])
      divide(x, columns, i, factor[i * n + i])
    }
  }
}

/** Overwrites x [n, columns] by the solution X of Lᵀ·X = x. */
async function backward(factor: Float64Array, x: Float64Array, n: number, columns: number, threads: number) {
  for (let to = n; to > 0; ) {
    const from = Math.floor((to - 1) / block) * block
    if (to < n) {
      const known = part(factor, n, [to, n], [from, to])
      const shape = { rows: to - from, inner: n - to, columns, transposeA: true, threads }
      takeFrom(x, from * columns, await product(known, x.slice(to * columns), shape))
    }
    for (let i = to - 1; i >= from; i--) {
      divide(x, columns, i, factor[i * n + i])
      for (let k = from; k < i; k++) subtract(x, columns, k, i, factor[i * n + k])
    }
    to = from
  }
}

function subtract(x: Float64Array, columns: number, from: number, row: number, times: number): void {
  for (let c = 0; c < columns; c++) x[from * columns + c] -= times * x[row * columns + c]
}

function divide(x: Float64Array, columns: number, row: number, by: number): void {
  for (let c = 0; c < columns; c++) x[row * columns + c] /= by
}

function takeFrom(x: Float64Array, at: number, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) x[at + i] -= values[i]
}

/** A copy of some rows and columns of an [n, n] matrix. */
function part(a: Float64Array, n: number, rows: [number, number], columns: [number, number]): Float64Array {
  const width = columns[1] - columns[0]
  const copy = new Float64Array((rows[1] - rows[0]) * width)
  for (let i = rows[0]; i < rows[1]; i++) {
    copy.set(a.subarray(i * n + columns[0], i * n + columns[1]), (i - rows[0]) * width)
  }
  return copy
}

function notPositive(n: number, row: number, pivot: number): StreambedError {
  return new StreambedError('matrix-not-positive-definite', {
    what: `A ${n} × ${n} matrix that should be positive definite is not: pivot ${row + 1} is ${pivot}.`,
    mend: 'Add a little to its diagonal (shrinkage or ridge above 0), or give more examples.',
    exit: 1,
  })
}
