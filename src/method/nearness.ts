import type { ClassMeans } from './class-means.ts'
import type { Scores } from './method.ts'
import { rowProducts } from './row-products.ts'
import type { Count } from './state.ts'

/** The score of a class that can't be told from anything yet, having no example: the lowest there is. */
export const noScore = -3.4028234663852886e38

/**
 * −‖x − μ_c‖² of each row to each class mean: highest for the nearest mean in Euclid's sense.
 * `rows` [n × dimension], result [n × K]; in float64, rounded once at the end. Each row is scored by itself.
 * A class without examples scores lowest.
 */
export async function negatedSquaredDistances(
  rows: Float64Array,
  means: ClassMeans,
  count: Count,
): Promise<Scores> {
  const mu = means.means()
  const length2 = squaredLengths(mu, means.dimension)
  return scored(rows, mu, means, count, (dot, row2, k) => -(row2 - 2 * dot + length2[k]))
}

/** cos(x, μ_c) of each row to each class mean, −1 … 1; otherwise as `negatedSquaredDistances`. */
export async function cosines(rows: Float64Array, means: ClassMeans, count: Count): Promise<Scores> {
  const mu = means.means()
  const lengths = squaredLengths(mu, means.dimension).map(Math.sqrt)
  // A vector of zeros has no direction: its cosine to everything is taken as 0.
  return scored(rows, mu, means, count, (dot, row2, k) => dot / (Math.sqrt(row2) * lengths[k] || 1))
}

async function scored(
  rows: Float64Array,
  mu: Float64Array,
  { dimension, counts }: ClassMeans,
  count: Count,
  score: (dot: number, row2: number, k: number) => number,
): Promise<Scores> {
  const dots = await rowProducts(rows, mu, dimension)
  const rows2 = squaredLengths(rows, dimension)
  const classes = counts.length
  const scores = new Float32Array(dots.length)
  for (let i = 0; i < rows2.length; i++) {
    for (let k = 0; k < classes; k++) {
      const at = i * classes + k
      scores[at] = counts[k] === 0 ? noScore : score(dots[at], rows2[i], k)
    }
  }
  count(2 * dots.length * dimension + 2 * rows.length + 3 * dots.length)
  return scores
}

function squaredLengths(rows: Float64Array, dimension: number): Float64Array {
  const squares = new Float64Array(rows.length / dimension)
  for (let i = 0; i < squares.length; i++) {
    let sum = 0
    for (let j = i * dimension; j < (i + 1) * dimension; j++) sum += rows[j] * rows[j]
    squares[i] = sum
  }
  return squares
}
