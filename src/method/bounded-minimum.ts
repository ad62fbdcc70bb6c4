/**
 * The v ≥ bound (each component) that minimises ½ v'Pv + q'v, for a symmetric positive definite P: exact, in finitely
 * many steps, by an active set. In float64; made for a few dozen unknowns.
 *
 * @param P [n × n] row-major
 * @param q [n]
 * @source Lawson and Hanson, "Solving Least Squares Problems", 1974, chapter 23, in its normal equations.
 */
export function boundedMinimum(P: Float64Array, q: Float64Array, bound: number): Float64Array {
  const n = q.length
  if (P.length !== n * n) throw new RangeError(`boundedMinimum: ${P.length} numbers are not [${n}, ${n}]`)
  // Above the bound, v = bound + u: u ≥ 0 minimises ½ u'Pu + c'u.
  const c = q.map((value, i) => value + bound * sum(n, (j) => P[i * n + j]))
  const slopeAt = (u: Float64Array, i: number) => c[i] + sum(n, (j) => P[i * n + j] * u[j])
  const small = 1e-12 * Math.max(...c.map(Math.abs))
  let u: Float64Array = new Float64Array(n)
  let free: number[] = []
  for (;;) {
    const slopes = Array.from(c, (_, i) => (free.includes(i) ? 0 : slopeAt(u, i)))
    const steepest = slopes.indexOf(Math.min(...slopes))
    if (n === 0 || slopes[steepest] >= -small) return u.map((value) => bound + value)
    free.push(steepest)
    for (;;) {
      const z = solved(P, c, free)
      if (free.every((i) => z[i] > 0)) {
        u = z
        break
      }
      // As far towards z as nothing falls below its bound; what meets it is held there.
      const far = Math.min(...free.filter((i) => z[i] <= 0).map((i) => u[i] / (u[i] - z[i])))
      u = u.map((value, i) => value + far * (z[i] - value))
      const met = free.filter((i) => z[i] <= 0 && u[i] <= 1e-14 * Math.max(1, ...u))
      for (const i of met) u[i] = 0
      free = free.filter((i) => !met.includes(i))
      // Nothing is left of what was to go down: rounding alone said so.
      if (!free.includes(steepest)) return u.map((value) => bound + value)
    }
  }
}

/** z with P z = −c in the free components, 0 in the others: Gauss, which a positive definite P needs no pivots for. */
function solved(P: Float64Array, c: Float64Array, free: readonly number[]): Float64Array {
  const n = c.length
  const rows = free.map((i) => [...free.map((j) => P[i * n + j]), -c[i]])
  const m = free.length
  for (let k = 0; k < m; k++) {
    for (let i = k + 1; i < m; i++) {
      const factor = rows[i][k] / rows[k][k]
      for (let j = k; j <= m; j++) rows[i][j] -= factor * rows[k][j]
    }
  }
  const z = new Float64Array(n)
  for (let k = m - 1; k >= 0; k--) {
    z[free[k]] = (rows[k][m] - sum(m - k - 1, (j) => rows[k][k + 1 + j] * z[free[k + 1 + j]])) / rows[k][k]
  }
  return z
}

function sum(n: number, term: (i: number) => number): number {
  let total = 0
  for (let i = 0; i < n; i++) total += term(i)
  return total
}
