import { product } from '../runtime/index.ts'

/** Numbers of each vector that are multiplied together: of a dozen vectors they stay in the cache, in float64. */
const block = 16_384

/** All products a · b of vectors of one length, [rows.length × columns.length] row-major, summed in float64. */
export async function flatProducts(
  rows: readonly Float32Array[],
  columns: readonly Float32Array[],
): Promise<Float64Array> {
  const products = new Float64Array(rows.length * columns.length)
  const length = rows[0]?.length ?? 0
  for (let from = 0; from < length; from += block) {
    const inner = Math.min(block, length - from)
    const a = together(rows, from, inner)
    const b = rows === columns ? a : together(columns, from, inner)
    const shape = { rows: rows.length, inner, columns: columns.length, transposeB: true }
    const part = await product(a, b, shape)
    for (let i = 0; i < products.length; i++) products[i] += part[i]
  }
  return products
}

function together(vectors: readonly Float32Array[], from: number, length: number): Float64Array {
  const all = new Float64Array(vectors.length * length)
  vectors.forEach((vector, i) => {
    all.set(vector.subarray(from, from + length), i * length)
  })
  return all
}
