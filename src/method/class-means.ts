import { classColumns } from './class-columns.ts'
import { checkRows, unitRows } from './rows.ts'
import { bytesOf, type Count, type MeasuredPart } from './state.ts'

/** Running means of each class's embeddings. */
export interface ClassMeans extends MeasuredPart {
  readonly dimension: number
  /** Stream label of class k at place k, in order of appearance. */
  readonly labels: readonly number[]
  /** Examples seen of class k at place k. */
  readonly counts: readonly number[]
  /** Gives new classes their places. */
  grow(labels: readonly number[]): void
  /** `rows` [n × dimension], `labels` [n] stream labels. */
  add(rows: Float32Array, labels: Int32Array): void
  /** [K × dimension], float64; the mean of a class without examples is zero. */
  means(): Float64Array
}

/**
 * sum_c += f,  n_c += 1,  mean_c = sum_c / n_c   in float64, with f the row, or the row at length 1 for `unit`.
 * The mean itself is never normalised. Streaming, and apart from rounding the order of examples does not matter.
 *
 * Bytes  K × (dimension × 8 + 12).
 * Costs  `dimension` operations an example, and 3 × dimension more for `unit`.
 */
export function classMeans(dimension: number, { unit, count }: { unit: boolean; count: Count }): ClassMeans {
  const columns = classColumns('classMeans')
  let sums = new Float64Array(0)
  let counts: number[] = []
  const save = () => ({ labels: columns.save(), sums: sums.slice(), counts: Float64Array.from(counts) })
  return {
    dimension,
    get labels() {
      return columns.labels
    },
    get counts() {
      return counts
    },
    grow(labels) {
      columns.grow(labels)
      const old = sums
      sums = new Float64Array(columns.labels.length * dimension)
      sums.set(old)
      while (counts.length < columns.labels.length) counts.push(0)
    },
    add(rows, labels) {
      checkRows('classMeans', rows, labels, dimension)
      const features = unit ? unitRows(rows, dimension) : rows
      for (let i = 0; i < labels.length; i++) {
        const k = columns.of(labels[i])
        for (let j = 0; j < dimension; j++) sums[k * dimension + j] += features[i * dimension + j]
        counts[k]++
      }
      count(labels.length * dimension * (unit ? 4 : 1))
    },
    means() {
      const means = new Float64Array(sums.length)
      counts.forEach((n, k) => {
        if (n === 0) return
        for (let j = k * dimension; j < (k + 1) * dimension; j++) means[j] = sums[j] / n
      })
      return means
    },
    save,
    load(state) {
      const saved = state as { labels: Int32Array; sums: Float64Array; counts: Float64Array }
      columns.load(saved.labels)
      sums = saved.sums.slice()
      counts = Array.from(saved.counts)
    },
    bytes: () => bytesOf(save()),
  }
}
