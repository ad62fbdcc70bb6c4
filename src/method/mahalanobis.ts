import { inverse } from '../runtime/index.ts'
import type { ClassCovariances } from './class-covariances.ts'
import type { Scores } from './method.ts'
import { noScore } from './nearness.ts'
import { rowProducts } from './row-products.ts'
import { bytesOf, type Count, type MeasuredPart } from './state.ts'

/** How a covariance is made fit to be inverted. */
export interface Shrinkage {
  /** Times the mean variance, added to each variance. */
  alpha1: number
  /** Times the mean of the covariances that are not 0, added to each covariance. */
  alpha2: number
  /** How often it is shrunk, one after another. */
  times: number
}

/** Distances to the classes, each in the metric of its own covariance. */
export interface Mahalanobis extends MeasuredPart {
  /** Inverts what has changed since the last time, and counts it as training. */
  solve(): Promise<void>
  /**
   * −(x − c_k)ᵀ P_k (x − c_k), [n × K]; each row by itself, to the bit. `rows` [n × dimension], `centres`
   * [K × dimension]. A class without examples scores lowest.
   */
  scores(rows: Float64Array, centres: Float64Array): Promise<Scores>
}

/**
 *   S_k shrunk     R_k = its correlations     P_k = R_k⁻¹     d² = (x − c_k)ᵀ P_k (x − c_k)
 *
 * R_k has ones on its diagonal, so that the distances of classes with large and small variances compare. A class
 * of one example, or of equal ones, has no covariance: P_k is the identity, which makes d Euclid's. P_k is float32
 * and no state; of how many examples it was last paid for, is.
 *
 * Bytes  4 a class.
 * Costs  2 · dimension³ a class; (2 · dimension² + 3 · dimension) · K an image.
 * @throws matrix-singular when shrinkage leaves nothing to invert, as with α₁ = 0 and few examples
 * @source Goswami et al., "FeCAM", NeurIPS 2023, eqs. 5 to 8. arXiv:2309.14062
 */
export function mahalanobis(
  statistics: ClassCovariances,
  { shrinkage, count }: { shrinkage: Shrinkage; count: Count },
): Mahalanobis {
  const { dimension } = statistics
  /** By class, with the number of examples that it came of. */
  const kept = new Map<number, { examples: number; precision: Float32Array }>()
  /** Examples of each class when it was last solved and counted: what is worked out again after a stop costs nothing. */
  let solved = new Int32Array(0)
  const precisionOf = async (k: number): Promise<Float32Array> => {
    const examples = statistics.counts[k]
    const known = kept.get(k)
    if (known?.examples === examples) return known.precision
    const correlation = shrunkCorrelation(statistics.covariance(k), dimension, shrinkage)
    const precision = Float32Array.from(await inverse(correlation, dimension))
    kept.set(k, { examples, precision })
    return precision
  }
  return {
    async solve() {
      for (const [k, examples] of statistics.counts.entries()) {
        if (examples === 0) continue
        await precisionOf(k)
        if (solved[k] !== examples) count(2 * dimension ** 3 + (2 + 4 * shrinkage.times) * dimension ** 2)
      }
      solved = Int32Array.from(statistics.counts)
    },
    async scores(rows, centres) {
      const n = rows.length / dimension
      const classes = statistics.counts.length
      const scores = new Float32Array(n * classes).fill(noScore)
      const difference = new Float32Array(rows.length)
      for (const [k, examples] of statistics.counts.entries()) {
        if (examples === 0) continue
        for (let at = 0; at < rows.length; ) {
          for (let j = 0; j < dimension; j++, at++) difference[at] = rows[at] - centres[k * dimension + j]
        }
        const turned = await rowProducts(difference, await precisionOf(k), dimension)
        for (let i = 0; i < n; i++) {
          let squared = 0
          for (let j = i * dimension; j < (i + 1) * dimension; j++) squared += turned[j] * difference[j]
          scores[i * classes + k] = -squared
        }
      }
      count(n * classes * (2 * dimension ** 2 + 3 * dimension))
      return scores
    },
    save: () => solved.slice(),
    load(state) {
      solved = (state as Int32Array).slice() as typeof solved
    },
    bytes: () => bytesOf(solved),
  }
}

/**
 * S ← S + α₁ v₁ I + α₂ v₂ (1 − I), v₁ the mean of the diagonal and v₂ of the other entries that are not 0, then
 * R_ij = S_ij / √(S_ii S_jj), [d × d]. Of a covariance of zeros, the identity.
 */
export function shrunkCorrelation(
  covariance: Float64Array,
  d: number,
  { alpha1, alpha2, times }: Shrinkage,
): Float64Array {
  const S = covariance.slice()
  const isDiagonal = (at: number) => at % (d + 1) === 0
  for (let time = 0; time < times; time++) {
    let variances = 0
    let covariances = 0
    let others = 0
    S.forEach((s, at) => {
      if (isDiagonal(at)) variances += s
      else if (s !== 0) {
        covariances += s
        others++
      }
    })
    const onDiagonal = (alpha1 * variances) / d
    const beside = others === 0 ? 0 : (alpha2 * covariances) / others
    for (let at = 0; at < S.length; at++) S[at] += isDiagonal(at) ? onDiagonal : beside
  }
  const deviation = Float64Array.from({ length: d }, (_, i) => Math.sqrt(S[i * (d + 1)]))
  return S.map((s, at) => {
    const scale = deviation[Math.floor(at / d)] * deviation[at % d]
    return scale > 0 ? s / scale : isDiagonal(at) ? 1 : 0
  })
}
