import type { Chance } from '../tensor/index.ts'
import { rowProducts } from './row-products.ts'
import type { Count } from './state.ts'
import { checkWhole } from './whole-number.ts'

/** A fixed map of embeddings to features, which may be asked for some columns of them alone. */
export interface FeatureMap {
  /** Features of an embedding. */
  readonly size: number
  /** [n × (to − from)] float32: features `from` … `to` − 1, all unless said; each row by itself, to the bit. */
  apply(rows: Float32Array, from?: number, to?: number): Promise<Float32Array>
}

/**
 * h = relu(f W), W [dimension × size] of standard normal numbers, drawn once and never trained.
 *
 * W is no state: its seed draws it again.
 * Costs 2 · dimension · size operations an image, and one for each feature.
 * @throws projection-size unless the size is a whole number from 1
 * @source McDonnell et al., "RanPAC", NeurIPS 2023, section 4. arXiv:2307.02251
 */
export function randomProjection(
  dimension: number,
  { size, chance, count }: { size: number; chance: Chance; count: Count },
): FeatureMap {
  checkWhole('projection', size, { code: 'projection-size', from: 1 })
  const W = Float32Array.from({ length: size * dimension }, () => chance.normal())
  return {
    size,
    async apply(rows, from = 0, to = size) {
      const projected = await rowProducts(rows, W.subarray(from * dimension, to * dimension), dimension)
      for (let at = 0; at < projected.length; at++) if (projected[at] < 0) projected[at] = 0
      count((2 * dimension + 1) * projected.length)
      return projected
    },
  }
}

/** The embeddings themselves, as features. */
export function asTheyAre(dimension: number): FeatureMap {
  return {
    size: dimension,
    async apply(rows, from = 0, to = dimension) {
      if (to - from === dimension) return rows
      const part = new Float32Array((rows.length / dimension) * (to - from))
      for (let i = 0; i < rows.length / dimension; i++) {
        part.set(rows.subarray(i * dimension + from, i * dimension + to), i * (to - from))
      }
      return part
    },
  }
}
