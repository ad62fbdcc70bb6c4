/**
 * Probabilities as one byte each: 0 … 254, evenly spaced in log-odds, for that is where the difference between
 * 0.99 and 0.999 is as large as between 0.09 and 0.009.
 *
 *   code = round( 12.5 · ln(p / (1 − p)) ) + 127,  held to 0 … 254
 *   p    = 1 / (1 + exp( (127 − code) / 12.5 ))
 *
 * A step is 0.08 in log-odds. Between 3.9e-5 and 1 − 3.9e-5 the p read back is at most 0.01 away (near ½), and
 * min(p, 1 − p) is at most 4.1 % away; what is nearer to 0 or 1 is read back as 3.87e-5 or 1 − 3.87e-5.
 */
const codesPerLogOdd = 12.5
const middle = 127

/**
 * The code of a probability. 0.5 is 127, 0.9 is 154, 0 is 0, 1 is 254. Values outside 0 … 1 by rounding are held.
 *
 * @throws RangeError for NaN.
 */
export function probabilityCode(p: number): number {
  if (Number.isNaN(p)) throw new RangeError('NaN is not a probability')
  if (p <= 0) return 0
  if (p >= 1) return 2 * middle
  const code = Math.round(codesPerLogOdd * Math.log(p / (1 - p))) + middle
  return Math.min(2 * middle, Math.max(0, code))
}

/** The probability that a code 0 … 254 stands for. */
export function probabilityOf(code: number): number {
  return 1 / (1 + Math.exp((middle - code) / codesPerLogOdd))
}
