import { product } from '../runtime/index.ts'

/** Rows of one product. Every product has exactly so many, the last one filled up with zeros. */
const block = 256

/**
 * X · Wᵀ, whose row i depends on row i of X and on nothing else, to the bit.
 *
 * A matrix product may add up a row's terms in another order when the matrix has another number of rows, so
 * the answer for an image would depend on how many came with it. Here the shape is always the same: 256 rows.
 * X [n × inner], W [columns × inner], result [n × columns], all float32 or all float64. Changes neither.
 * Costs 2 · n · inner · columns operations (of the rows asked for; filling up is not charged).
 */
export async function rowProducts<Numbers extends Float32Array | Float64Array>(
  x: Numbers,
  w: Numbers,
  inner: number,
): Promise<Numbers> {
  const rows = x.length / inner
  const columns = w.length / inner
  const Numbers = x.constructor as new (length: number) => Numbers
  const result = new Numbers(rows * columns)
  if (columns === 0) return result
  for (let start = 0; start < rows; start += block) {
    const here = Math.min(block, rows - start)
    const part = new Numbers(block * inner)
    part.set(x.subarray(start * inner, (start + here) * inner))
    const answer = await product(part, w, { rows: block, inner, columns, transposeB: true })
    result.set(answer.subarray(0, here * columns), start * columns)
  }
  return result
}
