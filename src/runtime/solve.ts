import { StreambedError } from '../error.ts'

/**
 * Solves A·X = B for a symmetric positive definite A, in float64, by Cholesky's factorisation A = L·Lᵀ.
 *
 * A [n, n] row-major, of which only the lower triangle is read; B and X [n, columns]. Neither is written to.
 * About n³/3 + 2·n²·columns multiply-adds on one thread of plain JavaScript (n = 768: some 0.1 s); always the
 * same bits. Meant for n up to 2048.
 *
 *   solve([4 2; 2 3], [8; 7]) → [1.25; 1.5]
 *
 * @throws matrix-not-positive-definite, with the row whose pivot failed.
 */
export function solve(
  a: Float64Array,
  b: Float64Array,
  { n, columns = 1 }: { n: number; columns?: number },
): Float64Array {
  if (a.length !== n * n || b.length !== n * columns) {
    throw new RangeError(
      `solve: ${a.length} and ${b.length} values are not [${n}, ${n}] and [${n}, ${columns}]`,
    )
  }
  const factor = cholesky(a, n)
  const x = b.slice()
  substitute(factor, x, n, columns)
  return x
}

/**
 * L of A = L·Lᵀ, row-major [n, n], zeros above the diagonal.
 * @throws matrix-not-positive-definite
 */
export function cholesky(a: Float64Array, n: number): Float64Array {
  const factor = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    const row = i * n
    for (let j = 0; j <= i; j++) {
      const other = j * n
      // Four running sums let the processor overlap the multiply-adds of one dot product.
      let s0 = 0
      let s1 = 0
      let s2 = 0
      let s3 = 0
      let k = 0
      for (; k + 3 < j; k += 4) {
        s0 += factor[row + k] * factor[other + k]
        s1 += factor[row + k + 1] * factor[other + k + 1]
        s2 += factor[row + k + 2] * factor[other + k + 2]
        s3 += factor[row + k + 3] * factor[other + k + 3]
      }
      for (; k < j; k++) s0 += factor[row + k] * factor[other + k]
      const rest = a[row + j] - (s0 + s1 + (s2 + s3))
      if (i === j) {
        if (!(rest > 0)) throw notPositive(n, i, rest)
        factor[row + i] = Math.sqrt(rest)
      } else {
        factor[row + j] = rest / factor[other + j]
      }
    }
  }
  return factor
}

/** Overwrites x [n, columns] by the solution of L·Lᵀ·X = x. */
function substitute(factor: Float64Array, x: Float64Array, n: number, columns: number): void {
  const subtract = (from: number, row: number, times: number) => {
    for (let c = 0; c < columns; c++) x[from * columns + c] -= times * x[row * columns + c]
  }
  const divide = (row: number) => {
    const pivot = factor[row * n + row]
    for (let c = 0; c < columns; c++) x[row * columns + c] /= pivot
  }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) subtract(i, k, factor[i * n + k])
    divide(i)
  }
  for (let i = n - 1; i >= 0; i--) {
    divide(i)
    for (let k = 0; k < i; k++) subtract(k, i, factor[i * n + k])
  }
}

function notPositive(n: number, row: number, pivot: number): StreambedError {
  return new StreambedError('matrix-not-positive-definite', {
    what: `A ${n} × ${n} matrix that should be positive definite is not: pivot ${row + 1} is ${pivot}.`,
    mend: 'Add a little to its diagonal (shrinkage or ridge above 0), or give more examples.',
    exit: 1,
  })
}
