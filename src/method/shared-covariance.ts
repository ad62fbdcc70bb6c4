import { product } from '../runtime/index.ts'
import { classColumns } from './class-columns.ts'
import { checkRows } from './rows.ts'
import { bytesOf, type Count, type MeasuredPart } from './state.ts'

/** Class means and the one covariance that all classes share, built up example by example. */
export interface SharedCovariance extends MeasuredPart {
  readonly dimension: number
  readonly labels: readonly number[]
  /** Examples seen of class k at place k. */
  readonly counts: readonly number[]
  /** Examples seen in all. */
  readonly examples: number
  /** [K × dimension] running means; zero for a class without examples. */
  readonly means: Float64Array
  grow(labels: readonly number[]): void
  /** `rows` [n × dimension] and `labels` [n], as if they came one at a time in this order. */
  add(rows: Float32Array, labels: Int32Array): Promise<void>
  /** S, [dimension × dimension], symmetric. Undefined (all zero) before the first example. */
  covariance(): Float64Array
}

const panel = 256

/**
 * Streaming covariance, exact, one product a block instead of one outer product an example.
 *
 * One at a time, for an example x of class y, with N examples before it and μ_y the OLD mean (zero at first):
 *
 *   d = x − μ_y     S ← (N S + N/(N+1) d dᵀ) / (N+1)     μ_y ← μ_y + d/(n_y + 1)
 *
 * so M = N S grows by N/(N+1) d dᵀ, and for a block with the rows d_i in D:  M ← M + Dᵀ diag(N_i/(N_i+1)) D.
 * The first example of a class adds its own outer product, because its mean was zero; the authors' code does so.
 *
 * Bytes  dimension² × 8 + K × (dimension × 8 + 12) + 8.
 * Costs  from 2 × dimension² (up to 256) down to about dimension² operations an example, and less for the rest.
 * @source Hayes & Kanan, "Lifelong Machine Learning with Deep Streaming LDA", CVPRW 2020, eq. 2. arXiv:1909.01520
 */
export function sharedCovariance(dimension: number, { count }: { count: Count }): SharedCovariance {
  const columns = classColumns('sharedCovariance')
  let means = new Float64Array(0)
  let counts: number[] = []
  /** Only its upper triangle is kept up to date. */
  let M = new Float64Array(dimension * dimension)
  let N = 0
  const save = () => ({
    labels: columns.save(),
    means: means.slice(),
    counts: Float64Array.from(counts),
    M: M.slice(),
    N,
  })
  return {
    dimension,
    get labels() {
      return columns.labels
    },
    get counts() {
      return counts
    },
    get examples() {
      return N
    },
    get means() {
      return means
    },
    grow(labels) {
      columns.grow(labels)
      const old = means
      means = new Float64Array(columns.labels.length * dimension)
      means.set(old)
      while (counts.length < columns.labels.length) counts.push(0)
    },
    async add(rows, labels) {
      checkRows('sharedCovariance', rows, labels, dimension)
      const n = labels.length
      if (n === 0) return
      const D = new Float64Array(n * dimension)
      const weighted = new Float64Array(n * dimension)
      for (let i = 0; i < n; i++) {
        const k = columns.of(labels[i])
        const weight = N / (N + 1)
        const step = 1 / (counts[k] + 1)
        for (let j = 0; j < dimension; j++) {
          const d = rows[i * dimension + j] - means[k * dimension + j]
          D[i * dimension + j] = d
          weighted[i * dimension + j] = weight * d
          means[k * dimension + j] += d * step
        }
        counts[k]++
        N++
      }
      // Symmetric, so of each panel of columns only what is right of its diagonal is worked out.
      for (let from = 0; from < dimension; from += panel) {
        const rows = Math.min(panel, dimension - from)
        const columns = dimension - from
        const [left, right] = [cut(D, dimension, from, rows), cut(weighted, dimension, from, columns)]
        const grown = await product(left, right, { rows, inner: n, columns, transposeA: true })
        for (let i = 0; i < rows; i++) {
          for (let j = i; j < columns; j++) M[(from + i) * dimension + from + j] += grown[i * columns + j]
        }
        count(2 * n * rows * columns + rows * columns)
      }
      count(4 * n * dimension)
    },
    covariance() {
      const S = new Float64Array(M.length)
      if (N === 0) return S
      for (let i = 0; i < dimension; i++) {
        for (let j = i; j < dimension; j++)
          S[i * dimension + j] = S[j * dimension + i] = M[i * dimension + j] / N
      }
      return S
    },
    save,
    load(state) {
      const saved = state as ReturnType<typeof save>
      columns.load(saved.labels)
      means = saved.means.slice()
      counts = Array.from(saved.counts)
      M = saved.M.slice()
      N = saved.N
    },
    bytes: () => bytesOf(save()),
  }
}

/** Columns from … from + width of a matrix [n × columns]. */
function cut(matrix: Float64Array, columns: number, from: number, width: number): Float64Array {
  if (width === columns) return matrix
  const n = matrix.length / columns
  const part = new Float64Array(n * width)
  for (let i = 0; i < n; i++) {
    part.set(matrix.subarray(i * columns + from, i * columns + from + width), i * width)
  }
  return part
}
