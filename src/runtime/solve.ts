import { factorise, lowerOf, solveBy, symmetricOf } from './symmetric.ts'

/**
 * Solves A·X = B for a symmetric positive definite A, in float64, by Cholesky's factorisation A = L·Lᵀ.
 *
 * A [n, n] row-major, of which only the lower triangle is read; B and X [n, columns]. Neither is written to.
 * About n³/3 + n²·columns multiply-adds, on one thread, and the same bits on every call.
 *
 *   await solve(Float64Array.of(4, 2, 2, 3), Float64Array.of(8, 7), { n: 2 }) → [1.25, 1.5]
 *
 * @throws matrix-not-positive-definite, with the row whose pivot failed.
 */
export async function solve(
  a: Float64Array,
  b: Float64Array,
  { n, columns = 1 }: { n: number; columns?: number },
): Promise<Float64Array> {
  if (a.length !== n * n || b.length !== n * columns) {
    throw new RangeError(
      `solve: ${a.length} and ${b.length} values are not [${n}, ${n}] and [${n}, ${columns}]`,
    )
  }
  return solveBy(await factorise(symmetricOf(a, n)), b, columns)
}

/**
 * L of A = L·Lᵀ, row-major [n, n], zeros above the diagonal; only the lower triangle of A is read.
 *
 * @throws matrix-not-positive-definite
 */
export async function cholesky(a: Float64Array, n: number): Promise<Float64Array> {
  return lowerOf(await factorise(symmetricOf(a, n)))
}
