/**
 * The discrete cosine transform (DCT-II, orthonormal) of squares of whole numbers, in whole numbers.
 *
 * Coefficients carry 4 bits behind the point. There and back again, a byte differs by less than one.
 * @source Ahmed, Natarajan and Rao, "Discrete Cosine Transform", IEEE Transactions on Computers 23, 1974.
 */
export function cosines(n: number): {
  /** [n × n] values to [n × n] coefficients, 16ths; `from` is the place of the first value, rows `stride` apart. */
  forward(values: ArrayLike<number>, from?: number, stride?: number): Int32Array
  /** [n × n] coefficients to [n × n] values, rounded. */
  back(coefficients: Int32Array): Int32Array
} {
  const table = Int32Array.from({ length: n * n }, (_, i) => {
    const [u, x] = [Math.floor(i / n), i % n]
    const length = Math.sqrt((u === 0 ? 1 : 2) / n)
    return Math.round(8192 * length * Math.cos(((2 * x + 1) * u * Math.PI) / (2 * n)))
  })
  /** Rows times the table (or its transpose), shifted; twice, turned in between, it is the transform of a square. */
  const pass = (rows: ArrayLike<number>, transposed: boolean, shift: number, from = 0, stride = n) => {
    const out = new Int32Array(n * n)
    for (let y = 0; y < n; y++) {
      for (let u = 0; u < n; u++) {
        let sum = 0
        for (let x = 0; x < n; x++) {
          sum += rows[from + y * stride + x] * table[transposed ? x * n + u : u * n + x]
        }
        out[u * n + y] = Math.floor(sum / 2 ** shift + 0.5)
      }
    }
    return out
  }
  return {
    // 13 bits of the table each: 7 stay behind the point after the first pass, 4 after the second.
    forward: (values, from = 0, stride = n) => pass(pass(values, false, 6, from, stride), false, 16),
    back: (coefficients) => pass(pass(coefficients, true, 10), true, 20),
  }
}
