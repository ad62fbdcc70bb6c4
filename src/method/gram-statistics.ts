import { addOuter, type Symmetric, symmetric } from '../runtime/index.ts'
import { classColumns } from './class-columns.ts'
import { checkRows } from './rows.ts'
import { bytesOf, type Count, type MeasuredPart } from './state.ts'

/** What least squares needs of the examples seen: products of features, and of features with the classes. */
export interface GramStatistics extends MeasuredPart {
  /** Features of an example. */
  readonly size: number
  /** Stream label of class k at place k, in order of appearance. */
  readonly labels: readonly number[]
  /** Examples seen of class k at place k. */
  readonly counts: readonly number[]
  /** G = HᵀH, [size × size]. */
  readonly gram: Symmetric
  grow(labels: readonly number[]): void
  /** `features` [n × size], `labels` [n] stream labels. */
  add(features: Float32Array, labels: Int32Array): Promise<void>
  /** Q = HᵀY, [size × K] row-major; Y is one-hot. */
  targets(): Float64Array
}

/**
 * G += HᵀH,  Q += HᵀY   in float64, by products of blocks; of G only the upper triangle is kept.
 *
 * Bytes  about size² × 4 + K × (size × 8 + 12).
 * Costs  about size² operations an example (half of HᵀH, and the diagonal blocks whole).
 */
export function gramStatistics(size: number, { count }: { count: Count }): GramStatistics {
  const columns = classColumns('gramStatistics')
  let gram = symmetric(size)
  /** Σ h of each class: Qᵀ, [K × size]. */
  let sums = new Float64Array(0)
  let counts: number[] = []
  const save = () => ({
    labels: columns.save(),
    counts: Float64Array.from(counts),
    sums: sums.slice(),
    gram: gram.panels.map((panel) => panel.slice()),
  })
  return {
    size,
    get labels() {
      return columns.labels
    },
    get counts() {
      return counts
    },
    get gram() {
      return gram
    },
    grow(labels) {
      columns.grow(labels)
      const old = sums
      sums = new Float64Array(columns.labels.length * size)
      sums.set(old)
      while (counts.length < columns.labels.length) counts.push(0)
    },
    async add(features, labels) {
      checkRows('gramStatistics', features, labels, size)
      const n = labels.length
      if (n === 0) return
      for (let i = 0; i < n; i++) {
        const k = columns.of(labels[i])
        for (let j = 0; j < size; j++) sums[k * size + j] += features[i * size + j]
        counts[k]++
      }
      await addOuter(gram, transposed(features, size), n)
      count(n * size * (size + 2))
    },
    targets: () => transposed(sums, size),
    save,
    load(state) {
      const saved = state as ReturnType<typeof save>
      columns.load(saved.labels)
      counts = Array.from(saved.counts)
      sums = saved.sums.slice()
      gram = { n: size, panels: saved.gram.map((panel) => panel.slice()) }
    },
    bytes: () => bytesOf(save()),
  }
}

/** [n × columns] as [columns × n], float64. */
export function transposed(matrix: Float32Array | Float64Array, columns: number): Float64Array {
  const n = matrix.length / columns
  const turned = new Float64Array(matrix.length)
  for (let i = 0; i < n; i++) for (let j = 0; j < columns; j++) turned[j * n + i] = matrix[i * columns + j]
  return turned
}
