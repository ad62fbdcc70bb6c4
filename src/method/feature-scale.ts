import { cholesky, inverse, product } from '../runtime/index.ts'
import { rowProducts } from './row-products.ts'
import { unitRows } from './rows.ts'
import { bytesOf, type Count, type MeasuredPart } from './state.ts'

/** An affine map of embeddings that makes a head's training well conditioned, fitted on examples it was shown. */
export interface FeatureScale extends MeasuredPart {
  /** Shows it embeddings, [n × dimension]; labels are not needed. */
  add(rows: Float32Array): Promise<void>
  /** [n × dimension] mapped; each row by itself, to the bit. */
  apply(rows: Float32Array): Promise<Float32Array>
}

export interface FeatureScaleOptions {
  dimension: number
  /** `each`: every feature by itself. `whitened`: features made uncorrelated too. */
  kind: 'each' | 'whitened'
  count: Count
}

/** Length that a mapped embedding has on average, so that one learning rate suits every dimension. */
const length = 10
/** Share of the mean variance added to each variance, so that a constant feature stays finite. */
const ridge = 1e-4

/**
 * Embeddings brought to unit length, then centred and scaled:
 *
 *   each      z_j = (u_j − μ_j) / √(σ_j² + ε) · 10/√d
 *   whitened  z = L⁻¹ (u − μ) · 10/√d      with L Lᵀ = Σ + ε I
 *
 * μ, σ², Σ are of the images it was shown; ε is 1e-4 of the mean variance. Features of a ReLU network share a
 * large mean and differ in scale by orders of magnitude, and gradient descent on them crawls. A linear head on z
 * is a linear head on u: the map changes how fast it is found, and not what it can say.
 *
 * Bytes  `each` 16 × d + 9; `whitened` 8 × d² + 8 × d + 9.
 * Costs  `add` 2 · d (each) or 2 · d² (whitened) an image, `apply` 5 · d or 2 · d²; once 2⅓ · d³ for the factor
 *        and its inverse.
 * @source LeCun, Bottou, Orr & Müller, "Efficient BackProp", 1998, section 4.3
 */
export function featureScale({ dimension, kind, count }: FeatureScaleOptions): FeatureScale {
  const d = dimension
  const whitens = kind === 'whitened'
  let N = 0
  let sum = new Float64Array(d)
  /** Sums of squares, or of products. */
  let squares = new Float64Array(whitens ? d * d : d)
  /** Was the factor of the present sums charged? Part of the state, so that a resumed run charges it once. */
  let isCharged = false
  let fitted: { mean: Float64Array; map: Float32Array } | undefined

  const save = () => ({ N, sum: sum.slice(), squares: squares.slice(), isCharged })

  const fitting = async () => {
    if (fitted) return fitted
    const mean = sum.map((s) => s / Math.max(N, 1))
    if (!whitens) {
      const variance = squares.map((s, j) => Math.max(s / Math.max(N, 1) - mean[j] ** 2, 0))
      const floor = floorOf(variance)
      fitted = { mean, map: Float32Array.from(variance, (v) => length / Math.sqrt((v + floor) * d)) }
      return fitted
    }
    const covariance = squares.map((s, at) => s / Math.max(N, 1) - mean[Math.floor(at / d)] * mean[at % d])
    const floor = floorOf(Float64Array.from({ length: d }, (_, j) => covariance[j * d + j]))
    for (let j = 0; j < d; j++) covariance[j * d + j] += floor
    const whitener = await inverse(await cholesky(covariance, d), d)
    if (!isCharged) count(Math.round(d ** 3 / 3) + 2 * d ** 3)
    isCharged = true
    fitted = { mean, map: Float32Array.from(whitener, (v) => (v * length) / Math.sqrt(d)) }
    return fitted
  }

  return {
    async add(rows) {
      const n = rows.length / d
      const units = unitRows(rows, d)
      fitted = undefined
      isCharged = false
      N += n
      for (let at = 0; at < units.length; at++) sum[at % d] += units[at]
      if (whitens) {
        const grown = await product(units, units, { rows: d, inner: n, columns: d, transposeA: true })
        for (let at = 0; at < grown.length; at++) squares[at] += grown[at]
        count(2 * n * d * d)
      } else {
        for (let at = 0; at < units.length; at++) squares[at % d] += units[at] ** 2
        count(2 * n * d)
      }
      count(4 * n * d)
    },
    async apply(rows) {
      const { mean, map } = await fitting()
      const units = unitRows(rows, d)
      const centred = new Float32Array(units.length)
      count(5 * rows.length)
      if (!whitens) {
        for (let at = 0, j = 0; at < units.length; at++, j = j + 1 === d ? 0 : j + 1) {
          centred[at] = (units[at] - mean[j]) * map[j]
        }
        return centred
      }
      for (let at = 0, j = 0; at < units.length; at++, j = j + 1 === d ? 0 : j + 1)
        centred[at] = units[at] - mean[j]
      count(2 * rows.length * d)
      return rowProducts(centred, map, d)
    },
    save,
    load(state) {
      const saved = state as ReturnType<typeof save>
      N = saved.N
      sum = saved.sum.slice()
      squares = saved.squares.slice()
      isCharged = saved.isCharged
      fitted = undefined
    },
    bytes: () => bytesOf(save()),
  }
}

function floorOf(variances: Float64Array): number {
  const mean = variances.reduce((total, v) => total + v, 0) / variances.length
  return mean > 0 ? ridge * mean : 1
}
