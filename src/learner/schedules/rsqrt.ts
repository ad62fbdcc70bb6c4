import type { Rates, Schedule } from './schedule.ts'

/**
 * Falls with the inverse square root of the step, in every task anew, and to exactly 0 over the last `coolDown` steps.
 *
 *   n < W   peak · (n + 1) / W          else   floor + (peak − floor) √(W / n)
 *   the k-th of the last K steps, from 0, times (K − k − 1) / K
 *
 * Without cool-down it need not know how long the task is.
 * @source Roth et al., FoMo-in-Flux, 2024.
 */
export function rsqrt({ peak, floor = 0, warmUp: W, coolDown: K = 0 }: RsqrtOptions): Schedule {
  return {
    name: 'rsqrt',
    needsHorizon: K > 0,
    rate({ step: n, steps }) {
      if (n < W) return (peak * (n + 1)) / W
      const fallen = floor + (peak - floor) * Math.sqrt(W / n)
      const k = n - (steps - K)
      return K > 0 && k >= 0 ? (fallen * Math.max(0, K - k - 1)) / K : fallen
    },
  }
}

export interface RsqrtOptions extends Rates {
  /** 1 or more. */
  warmUp: number
  /** Steps of the fall to 0; 0 unless said. */
  coolDown?: number
}
