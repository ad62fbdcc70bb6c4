import jstat from 'jstat'
import { mean, sampleStandardDeviation } from 'simple-statistics'

const { studentt } = jstat.jStat ?? jstat

/** Values nearer than this are one value: what remains of rounding when equal counts are averaged in another order. */
export const rounding = 1e-12
/** Under six pairs the smallest two-sided sign-flip p is 2/2⁵ = 0.0625, so nothing could be told at 5 %. */
export const fewestPairs = 6
const mostEnumerated = 40

/** Mean, spread and 95 % interval of the runs of one cell. */
export interface Summary {
  n: number
  mean: number
  /** Sample standard deviation (n − 1); `null` for one value. */
  sd: number | null
  /** Student's t interval of the mean, 95 %; `null` for one value. */
  low: number | null
  high: number | null
  /** All n values are one number, up to rounding. False for one value. */
  same: boolean
}

/** `undefined` for no values: the mean of nothing does not exist. */
export function summarise(values: readonly number[]): Summary | undefined {
  const n = values.length
  if (n === 0) return undefined
  if (n === 1) return { n, mean: values[0], sd: null, low: null, high: null, same: false }
  if (Math.max(...values) - Math.min(...values) <= rounding) {
    const value = values[0]
    return { n, mean: value, sd: 0, low: value, high: value, same: true }
  }
  const middle = mean([...values])
  const sd = sampleStandardDeviation([...values])
  const half = tQuantile(0.975, n - 1) * (sd / Math.sqrt(n))
  return { n, mean: middle, sd, low: middle - half, high: middle + half, same: false }
}

/** Quantile of Student's t. tQuantile(0.975, 7) = 2.3646. */
export function tQuantile(share: number, degrees: number): number {
  return studentt.inv(share, degrees)
}

/** What n paired differences say about their mean. */
export interface Paired extends Summary {
  /** Two-sided paired t; `null` for one pair or without any spread. */
  t: number | null
  pT: number | null
  /**
   * Two-sided exact sign-flip permutation p; `null` means not testable (fewer than six pairs). Beyond 40 pairs
   * the permutation distribution is as good as Student's, and this is `pT`.
   */
  pSignFlip: number | null
}

/**
 * The paired difference: its 95 % interval, and a sign-flip p from six pairs on.
 *
 * `undefined` for no pairs. Example: d = .8 −.1 1.5 .9 .8 −.2 1.4 .8 → mean .7375, interval .2242 … 1.2508,
 * t 3.39748, p .01148, sign-flip p 8/256.
 */
export function paired(differences: readonly number[]): Paired | undefined {
  const summary = summarise(differences)
  if (summary === undefined) return undefined
  const { n, mean: middle, sd } = summary
  const t = sd === null || sd === 0 ? null : middle / (sd / Math.sqrt(n))
  const pT = t === null ? null : 2 * (1 - studentt.cdf(Math.abs(t), n - 1))
  const pSignFlip = n < fewestPairs ? null : n > mostEnumerated ? (pT ?? 1) : signFlip(differences)
  return { ...summary, t, pT, pSignFlip }
}

/**
 * Share of the 2ⁿ patterns of signs whose mean is at least as far from 0 as the one seen; exact, two-sided.
 *
 * Both halves of the differences are enumerated and matched in order, so 40 pairs cost 2²⁰ sums and not 2⁴⁰.
 */
export function signFlip(differences: readonly number[]): number {
  const n = differences.length
  const total = Math.abs(differences.reduce((sum, d) => sum + d, 0))
  const tolerance = rounding * differences.reduce((sum, d) => sum + Math.abs(d), 0)
  const left = signedSums(differences.slice(0, n >> 1))
  const right = signedSums(differences.slice(n >> 1))
  // The patterns come in mirrored pairs, so those far above are as many as those far below. As the left sum
  // falls, the right one must be larger: one pointer runs along.
  let above = 0
  let from = 0
  for (let i = left.length - 1; i >= 0; i--) {
    while (from < right.length && left[i] + right[from] < total - tolerance) from++
    above += right.length - from
  }
  const patterns = left.length * right.length
  return total <= tolerance ? 1 : (2 * above) / patterns
}

function signedSums(differences: readonly number[]): Float64Array {
  let sums = new Float64Array(1)
  for (const d of differences) {
    const next = new Float64Array(sums.length * 2)
    for (let i = 0; i < sums.length; i++) {
      next[2 * i] = sums[i] - d
      next[2 * i + 1] = sums[i] + d
    }
    sums = next
  }
  return sums.sort()
}
