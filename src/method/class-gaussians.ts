import { cholesky, product } from '../runtime/index.ts'
import type { Chance } from '../tensor/index.ts'
import { classCovariances } from './class-covariances.ts'
import type { Rows } from './rows.ts'
import type { Count, MeasuredPart } from './state.ts'
import { checkWhole } from './whole-number.ts'

/** A normal distribution of each class's features, kept in place of its images and drawn from. */
export interface ClassGaussians extends MeasuredPart {
  grow(labels: readonly number[]): void
  /** `rows` [n × dimension], `labels` [n] stream labels. */
  add(rows: Float32Array, labels: Int32Array): Promise<void>
  /** Features of every class that has had an example, shuffled. */
  draw(options: DrawOptions): Promise<Rows>
}

export interface DrawOptions {
  /** Draws of each class. */
  each: number
  random: Chance
  /** Times the mean of a class; 1 unless said. */
  mean?: (label: number) => number
  /** Times one draw of a class, asked for each of them; 1 unless said. */
  scale?: (label: number) => number
  /** Drawn before, by a run that was stopped since: not counted a second time. */
  again?: boolean
}

export interface ClassGaussiansOptions {
  /** Added to every variance, so that a class of fewer examples than features has a factor too. */
  jitter: number
  count: Count
}

/**
 * x ~ N(mean · μ_c, Σ_c) · scale, with Σ_c = S_c (divisor n − 1) + jitter · I: x = mean · μ_c + L z of L Lᵀ = Σ_c and
 * standard normal z. Means are float64, scatters as in `classCovariances`.
 *
 * Bytes  K × (dimension² × 2 + dimension × 10 + 12).
 * Costs  2 · dimension² operations an example; a drawing ⅓ · dimension³ a class and 2 · dimension² a draw.
 * @throws matrix-not-positive-definite for a jitter below the rounding of a covariance
 */
export function classGaussians(dimension: number, { jitter, count }: ClassGaussiansOptions): ClassGaussians {
  const statistics = classCovariances(dimension, { count })
  const d = dimension
  return {
    grow: statistics.grow,
    add: (rows, labels) => statistics.add(Float64Array.from(rows), labels),
    async draw({ each, random, mean = () => 1, scale = () => 1, again = false }) {
      checkWhole('draws of a class', each, { code: 'samples-not-whole', from: 1 })
      const { means, counts } = statistics
      const known = [...statistics.labels.keys()].filter((k) => counts[k] > 0)
      const places = random.permutation(known.length * each)
      const rows = new Float32Array(places.length * d)
      const labels = new Int32Array(places.length)
      for (const [c, k] of known.entries()) {
        const label = statistics.labels[k]
        const covariance = statistics.covariance(k)
        for (let j = 0; j < d; j++) covariance[j * d + j] += jitter
        const factor = await cholesky(covariance, d)
        const z = Float64Array.from({ length: each * d }, () => random.normal())
        const spread = await product(z, factor, { rows: each, inner: d, columns: d, transposeB: true })
        const nearness = mean(label)
        const centre = means.subarray(k * d, (k + 1) * d).map((value) => nearness * value)
        for (let i = 0; i < each; i++) {
          const place = places[c * each + i]
          const by = scale(label)
          for (let j = 0; j < d; j++) rows[place * d + j] = by * (centre[j] + spread[i * d + j])
          labels[place] = label
        }
      }
      if (!again) count(known.length * (Math.round(d ** 3 / 3) + each * (2 * d ** 2 + 3 * d)))
      return { rows, labels }
    },
    save: statistics.save,
    load: statistics.load,
    bytes: statistics.bytes,
  }
}
