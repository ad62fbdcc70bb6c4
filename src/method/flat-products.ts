/** Numbers of each vector that are read together: of a dozen vectors they stay in the cache. */
const block = 4096

/**
 * All products a · b of vectors of one length, [rows.length × columns.length] row-major, summed in float64. With
 * `symmetric`, rows and columns are the same vectors and half of the work is saved.
 */
export function flatProducts(
  rows: readonly Float32Array[],
  columns: readonly Float32Array[],
  { symmetric = false } = {},
): Float64Array {
  const products = new Float64Array(rows.length * columns.length)
  const length = rows[0]?.length ?? 0
  for (let from = 0; from < length; from += block) {
    const to = Math.min(from + block, length)
    rows.forEach((a, i) => {
      for (let j = symmetric ? i : 0; j < columns.length; j++) {
        products[i * columns.length + j] += product(a, columns[j], from, to)
      }
    })
  }
  if (symmetric) {
    rows.forEach((_, i) => {
      for (let j = 0; j < i; j++) products[i * columns.length + j] = products[j * columns.length + i]
    })
  }
  return products
}

/** Four sums at once: one alone would wait for itself. */
function product(a: Float32Array, b: Float32Array, from: number, to: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  let i = from
  for (; i + 3 < to; i += 4) {
    s0 += a[i] * b[i]
    s1 += a[i + 1] * b[i + 1]
    s2 += a[i + 2] * b[i + 2]
    s3 += a[i + 3] * b[i + 3]
  }
  for (; i < to; i++) s0 += a[i] * b[i]
  return s0 + s1 + (s2 + s3)
}
