/** The little of jstat that we use; it ships no types. Values checked against SciPy in the tests. */
declare module 'jstat' {
  interface Distributions {
    studentt: { inv(share: number, degrees: number): number; cdf(t: number, degrees: number): number }
  }
  const jstat: Distributions & { jStat?: Distributions }
  export default jstat
}
