import { addOuter, factorise, product, type Symmetric, solveBy, symmetric } from '../runtime/index.ts'
import { transposed } from './gram-statistics.ts'
import type { FeatureMap } from './random-projection.ts'
import type { Rows } from './rows.ts'
import type { Count } from './state.ts'

/** 10⁻⁸ … 10⁸, the authors' grid. */
export const strengths: readonly number[] = Array.from({ length: 17 }, (_, i) => 10 ** (i - 8))

/** Rows or columns of features worked on together. */
const block = 1024

/** A regression whose strength λ is sought: solve (A + λ I) X = B, and V·X should be close to T. */
interface Trial {
  A: Symmetric
  /** [n × classes] */
  B: Float64Array
  /** [examples × n] */
  V: Float64Array
  /** [examples × classes] */
  T: Float64Array
}

/**
 * The ridge strength λ of a task, of 10⁻⁸ … 10⁸: fitted on the first 80 % of its examples alone, the λ with the least
 * mean squared error on the last 20 %. The examples should come shuffled. Of equal errors the smaller λ wins; one
 * so small that the matrix has no factor in float64 is passed over.
 *
 * With fewer examples than features the same numbers come of the smaller system: with H the features fitted on,
 * V (HᵀH + λ I)⁻¹ HᵀY = V Hᵀ (HHᵀ + λ I)⁻¹ Y.
 *
 * @param examples embeddings and labels of one task
 * @returns undefined when the examples are too few to be divided (fewer than 2)
 *
 * Costs  17 · 2n³/3 operations, n the fewer of features and examples fitted on, and the products that make the matrix.
 * @source McDonnell et al., "RanPAC", NeurIPS 2023, appendix on λ, and the authors' `optimise_ridge_parameter`;
 *   Saunders, Gammerman & Vovk, "Ridge Regression Learning Algorithm in Dual Variables", ICML 1998
 */
export async function ridgeStrength(
  examples: Rows,
  { map, dimension, count }: { map: FeatureMap; dimension: number; count: Count },
): Promise<number | undefined> {
  const n = examples.labels.length
  const fitted = Math.floor(0.8 * n)
  if (fitted === 0) return undefined
  const classes = [...new Set(examples.labels)]
  const Y = new Float64Array(n * classes.length)
  examples.labels.forEach((label, i) => {
    Y[i * classes.length + classes.indexOf(label)] = 1
  })
  const make = fitted < map.size ? byExamples : byFeatures
  const trial = await make(examples, { map, dimension, count, fitted, Y, columns: classes.length })
  let best: number | undefined
  let least = Number.POSITIVE_INFINITY
  for (const strength of strengths) {
    const error = await errorWith(strength, trial, classes.length)
    if (error < least) [best, least] = [strength, error]
  }
  const size = trial.A.n
  const each = (2 * size ** 3) / 3 + 2 * size ** 2 * classes.length + 2 * trial.V.length * classes.length
  count(strengths.length * Math.round(each))
  return best
}

type Making = {
  map: FeatureMap
  dimension: number
  count: Count
  fitted: number
  Y: Float64Array
  columns: number
}

/** A = HᵀH, [features × features]. */
async function byFeatures({ rows }: Rows, making: Making): Promise<Trial> {
  const { map, dimension, count, fitted, Y, columns } = making
  const { size } = map
  const A = symmetric(size)
  const B = new Float64Array(size * columns)
  for (let from = 0; from < fitted; from += block) {
    const here = Math.min(block, fitted - from)
    const features = await map.apply(rows.subarray(from * dimension, (from + here) * dimension))
    const turned = transposed(features, size)
    await addOuter(A, turned, here)
    const targets = Y.subarray(from * columns, (from + here) * columns)
    add(B, await product(turned, targets, { rows: size, inner: here, columns }))
    count(here * size * (size + 1 + 2 * columns))
  }
  const V = Float64Array.from(await map.apply(rows.subarray(fitted * dimension)))
  return { A, B, V, T: Y.subarray(fitted * columns) }
}

/** A = HHᵀ, [examples × examples], the features a block at a time. */
async function byExamples({ rows }: Rows, making: Making): Promise<Trial> {
  const { map, dimension, count, fitted, Y, columns } = making
  const judged = rows.length / dimension - fitted
  const A = symmetric(fitted)
  const V = new Float64Array(judged * fitted)
  for (let from = 0; from < map.size; from += block) {
    const inner = Math.min(block, map.size - from)
    const H = Float64Array.from(await map.apply(rows, from, from + inner))
    const own = H.subarray(0, fitted * inner)
    await addOuter(A, own, inner)
    const shape = { rows: judged, inner, columns: fitted, transposeB: true }
    add(V, await product(H.subarray(fitted * inner), own, shape))
    count(inner * fitted * (fitted + 1 + 2 * judged))
  }
  return { A, B: Y.subarray(0, fitted * columns), V, T: Y.subarray(fitted * columns) }
}

async function errorWith(strength: number, { A, B, V, T }: Trial, columns: number): Promise<number> {
  const factor = await factorise(A, strength).catch((error) => {
    if (error.code !== 'matrix-not-positive-definite') throw error
    return undefined
  })
  if (factor === undefined) return Number.POSITIVE_INFINITY
  const X = await solveBy(factor, B, columns)
  const answered = await product(V, X, { rows: T.length / columns, inner: A.n, columns })
  return answered.reduce((sum, value, at) => sum + (value - T[at]) ** 2, 0) / T.length
}

function add(to: Float64Array, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) to[i] += values[i]
}
