import { createHash } from 'node:crypto'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

/** A seeded stream of random numbers whose place can be saved and restored. */
export interface Chance {
  /** Uniform in [0, 1), 53 bits. */
  float(): number
  /** Uniform whole number in [0, n), without modulo bias. @throws RangeError unless 1 ≤ n ≤ 2³². */
  below(n: number): number
  /** Standard normal (Box and Muller, one of the pair kept for the next call). */
  normal(): number
  /** [n] a uniformly drawn order of 0 … n − 1 (Fisher–Yates). */
  permutation(n: number): Uint32Array
  save(): { readonly state: Uint32Array; readonly spare: number | null }
  load(state: unknown): void
}

/**
 * Chance named by any number of words and numbers: equal names give equal numbers, and different names
 * independent ones (`chance(root, 'buffer')` and `chance(root, 'init')`). The seed is the SHA-256 of the names.
 */
export function chance(...names: readonly (string | number)[]): Chance {
  const digest = createHash('sha256').update(JSON.stringify(names)).digest()
  let generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => digest.readInt32LE(at)))
  let spare: number | null = null
  const bits = () => generator.next() >>> 0
  const self: Chance = {
    float: () => ((bits() >>> 5) * 67_108_864 + (bits() >>> 6)) / 9_007_199_254_740_992,
    below(n) {
      if (!(n >= 1 && n <= 4_294_967_296)) throw new RangeError(`below(${n}): n must be 1 … 2³²`)
      const limit = 4_294_967_296 - (4_294_967_296 % n)
      let draw = bits()
      while (draw >= limit) draw = bits()
      return draw % n
    },
    normal() {
      if (spare !== null) {
        const kept = spare
        spare = null
        return kept
      }
      const radius = Math.sqrt(-2 * Math.log(1 - self.float()))
      const angle = 2 * Math.PI * self.float()
      spare = radius * Math.sin(angle)
      return radius * Math.cos(angle)
    },
    permutation(n) {
      const order = Uint32Array.from({ length: n }, (_, i) => i)
      for (let i = n - 1; i > 0; i--) {
        const j = self.below(i + 1)
        const kept = order[i]
        order[i] = order[j]
        order[j] = kept
      }
      return order
    },
    save: () => ({ state: Uint32Array.from(generator.getState(), (word) => word >>> 0), spare }),
    load(saved) {
      const { state, spare: kept } = saved as { state: Uint32Array; spare: number | null }
      generator = xoroshiro128plusFromState(Array.from(state, (word) => word | 0))
      spare = kept
    },
  }
  return self
}
