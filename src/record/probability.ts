/**
 * Probabilities as one printable character each: 71 codes, evenly spaced in log-odds, for that is where the
 * difference between 0.99 and 0.999 is as large as between 0.09 and 0.009.
 *
 *   code = round( 3.5 · ln(p / (1 − p)) ) + 35,  held to 0 … 70
 *   p    = 1 / (1 + exp( (35 − code) / 3.5 ))
 *
 * A step is 0.29 in log-odds. Between 4e-5 and 1 − 4e-5 the p read back is at most 0.036 away (near ½), and
 * min(p, 1 − p) is at most 16 % away; what is nearer to 0 or 1 is read back as 4.54e-5 or 1 − 4.54e-5. The error has
 * no side, so that it mostly cancels in means over a test set. Finer codes would not fit: a run of Split-CIFAR-100
 * asks 55,000 questions and has 110 KB, and what a forgetful head answers hardly compresses.
 */
const codesPerLogOdd = 3.5
const middle = 35

export const highestCode = 2 * middle

/**
 * The code of a probability. 0.5 is 35, 0.9 is 43, 0 is 0, 1 is 70. Values outside 0 … 1 by rounding are held.
 *
 * @throws RangeError for NaN.
 */
export function probabilityCode(p: number): number {
  if (Number.isNaN(p)) throw new RangeError('NaN is not a probability')
  if (p <= 0) return 0
  if (p >= 1) return highestCode
  const code = Math.round(codesPerLogOdd * Math.log(p / (1 - p))) + middle
  return Math.min(highestCode, Math.max(0, code))
}

/** The probability that a code 0 … 70 stands for. */
export function probabilityOf(code: number): number {
  return 1 / (1 + Math.exp((middle - code) / codesPerLogOdd))
}

/** Printable ASCII from `#` to `j`, without the backslash, which JSON would double. */
const alphabet = Array.from({ length: highestCode + 1 }, (_, code) =>
  String.fromCharCode(35 + code + (code < 57 ? 0 : 1)),
).join('')

/** A column of codes as text, one character each: 0 is `#`, 35 is `F`, 70 is `j`. */
export function codeText(codes: readonly number[]): string {
  return codes.map((code) => alphabet[code]).join('')
}

/** The codes of such a text. @throws Error for a character that is none of them. */
export function codesOf(text: string): number[] {
  return Array.from(text, (character) => {
    const code = alphabet.indexOf(character)
    if (code < 0) throw new Error(`"${character}" is no probability code`)
    return code
  })
}
