import { inverse } from '../runtime/index.ts'
import type { Scores } from './method.ts'
import { noScore } from './nearness.ts'
import { rowProducts } from './row-products.ts'
import type { SharedCovariance } from './shared-covariance.ts'
import type { Count } from './state.ts'

/** The linear discriminant that class means and their shared covariance define. */
export interface Discriminant {
  /** Works Λ out, and counts it as training. */
  solve(): Promise<void>
  /** [n × K]; each row by itself, to the bit. A class without examples scores lowest. */
  scores(rows: Float32Array): Promise<Scores>
}

/**
 *   Λ = ((1 − ε) S + ε I)⁻¹     score_c(x) = xᵀ Λ μ_c − ½ μ_cᵀ Λ μ_c     in float64, rounded once at the end
 *
 * Λ is kept until more examples have come, and it is not state, since the statistics determine it: where `solve`
 * was not called, as after a resume, `scores` works it out once more and charges nobody for it.
 * ε = 0 may have no inverse.
 *
 * Costs  2 · dimension³ a solve; 2 · dimension · K an image.
 * @throws matrix-singular
 */
export function discriminant(
  statistics: SharedCovariance,
  { epsilon, count }: { epsilon: number; count: Count },
): Discriminant {
  const { dimension } = statistics
  let kept: { means: Float64Array; examples: number; W: Float64Array; b: Float64Array } | undefined

  const solved = async () => {
    const { means, examples } = statistics
    // A new array of means: classes were added, or another state was loaded.
    if (kept?.means === means && kept.examples === examples) return kept
    const shrunk = statistics.covariance().map((s) => (1 - epsilon) * s)
    for (let i = 0; i < dimension; i++) shrunk[i * dimension + i] += epsilon
    const precision = await inverse(shrunk, dimension)
    const W = await rowProducts(means, precision, dimension)
    const b = Float64Array.from(statistics.labels, (_, k) => {
      let sum = 0
      for (let i = k * dimension; i < (k + 1) * dimension; i++) sum += means[i] * W[i]
      return -sum / 2
    })
    kept = { means, examples, W, b }
    return kept
  }

  return {
    async solve() {
      const { W } = await solved()
      count(2 * dimension ** 3 + 2 * dimension ** 2 + 2 * W.length * (dimension + 1))
    },
    async scores(rows) {
      const { W, b } = await solved()
      const classes = b.length
      const products = await rowProducts(Float64Array.from(rows), W, dimension)
      const scores = new Float32Array(products.length)
      for (let i = 0; i < scores.length; i++) {
        const k = i % classes
        scores[i] = statistics.counts[k] === 0 ? noScore : products[i] + b[k]
      }
      count(2 * products.length * dimension + products.length)
      return scores
    },
  }
}
