import { product } from '../runtime/index.ts'
import { classColumns } from './class-columns.ts'
import { checkRoom } from './room.ts'
import { checkRows } from './rows.ts'
import { bytesOf, type Count, type MeasuredPart } from './state.ts'

/** The mean and the covariance of each class. */
export interface ClassCovariances extends MeasuredPart {
  readonly dimension: number
  /** Stream label of class k at place k, in order of appearance. */
  readonly labels: readonly number[]
  /** Examples seen of class k at place k. */
  readonly counts: readonly number[]
  /** [K × dimension], float64; zero for a class without examples. */
  readonly means: Float64Array
  grow(labels: readonly number[]): void
  /** `rows` [n × dimension], `labels` [n] stream labels. */
  add(rows: Float64Array, labels: Int32Array): Promise<void>
  /** S_k with the divisor n − 1, [dimension × dimension] float64; zeros with fewer than two examples. */
  covariance(k: number): Float64Array
}

/**
 * Of each class and batch the m rows with the mean x̄ and the scatter D, after n rows with the mean μ:
 *
 *   δ = x̄ − μ     M ← M + D + n m / (n + m) · δ δᵀ     μ ← μ + m / (n + m) · δ     S = M / (n − 1)
 *
 * Means are float64. Of the scatter M the upper triangle is kept, as float32: S is always shrunk before it is
 * inverted, and what is added to its diagonal is far above that rounding.
 *
 * Bytes  K × (dimension² × 2 + dimension × 10 + 12).
 * Costs  about 2 · dimension² operations an example.
 * @throws not-enough-memory when classes appear that would not fit
 * @source Chan, Golub & LeVeque, "Algorithms for Computing the Sample Variance", The American Statistician 1983
 */
export function classCovariances(dimension: number, { count }: { count: Count }): ClassCovariances {
  const columns = classColumns('classCovariances')
  let means = new Float64Array(0)
  let counts: number[] = []
  let scatters: Float32Array[] = []
  const save = () => ({
    labels: columns.save(),
    counts: Float64Array.from(counts),
    means: means.slice(),
    scatters: scatters.map((scatter) => scatter.slice()),
  })
  return {
    dimension,
    get labels() {
      return columns.labels
    },
    get counts() {
      return counts
    },
    get means() {
      return means
    },
    grow(labels) {
      const before = columns.labels.length
      columns.grow(labels)
      const more = columns.labels.length - before
      // The triangle, its two copies while a checkpoint is written, and the inverse that comes of it.
      checkRoom(more * dimension ** 2 * (3 * 2 + 4), {
        what: `A covariance of ${dimension} features for each of ${more} more classes`,
        mend: 'Use a backbone with a smaller embedding, a stream with fewer classes, or free memory.',
      })
      const old = means
      means = new Float64Array(columns.labels.length * dimension)
      means.set(old)
      for (let k = before; k < columns.labels.length; k++) {
        counts.push(0)
        scatters.push(new Float32Array((dimension * (dimension + 1)) / 2))
      }
    },
    async add(rows, labels) {
      checkRows('classCovariances', rows, labels, dimension)
      for (const [k, own] of placesByClass(labels, columns.of)) {
        const { mean, centred } = centre(rows, own, dimension)
        const m = own.length
        const shape = { rows: dimension, inner: m, columns: dimension, transposeA: true }
        const grown = await product(centred, centred, shape)
        const weight = (counts[k] * m) / (counts[k] + m)
        const delta = mean.map((value, j) => value - means[k * dimension + j])
        const scatter = scatters[k]
        for (let i = 0, at = 0; i < dimension; i++) {
          for (let j = i; j < dimension; j++) {
            scatter[at++] += grown[i * dimension + j] + weight * delta[i] * delta[j]
          }
        }
        counts[k] += m
        for (let j = 0; j < dimension; j++) means[k * dimension + j] += (delta[j] * m) / counts[k]
        count(2 * m * dimension ** 2 + 2 * dimension ** 2 + 3 * m * dimension)
      }
    },
    covariance(k) {
      const S = new Float64Array(dimension ** 2)
      if (counts[k] < 2) return S
      for (let i = 0, at = 0; i < dimension; i++) {
        for (let j = i; j < dimension; j++) {
          S[i * dimension + j] = S[j * dimension + i] = scatters[k][at++] / (counts[k] - 1)
        }
      }
      return S
    },
    save,
    load(state) {
      const saved = state as ReturnType<typeof save>
      columns.load(saved.labels)
      counts = Array.from(saved.counts)
      means = saved.means.slice()
      scatters = saved.scatters.map((scatter) => scatter.slice())
    },
    bytes: () => bytesOf(save()),
  }
}

/** Places of a batch by the column of their class, in order of appearance. */
function placesByClass(labels: Int32Array, columnOf: (label: number) => number): Map<number, number[]> {
  const places = new Map<number, number[]>()
  labels.forEach((label, i) => {
    const k = columnOf(label)
    const own = places.get(k)
    if (own) own.push(i)
    else places.set(k, [i])
  })
  return places
}

/** The mean of some rows, and these rows less it. */
function centre(rows: Float64Array, places: readonly number[], dimension: number) {
  const mean = new Float64Array(dimension)
  for (const i of places) for (let j = 0; j < dimension; j++) mean[j] += rows[i * dimension + j]
  for (let j = 0; j < dimension; j++) mean[j] /= places.length
  const centred = new Float64Array(places.length * dimension)
  places.forEach((i, at) => {
    for (let j = 0; j < dimension; j++) centred[at * dimension + j] = rows[i * dimension + j] - mean[j]
  })
  return { mean, centred }
}
