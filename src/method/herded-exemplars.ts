import type { Chance } from '../tensor/index.ts'
import { checkCapacity } from './exemplar-buffer.ts'
import type { RowValues, StagePlace } from './method.ts'
import { checkRows, type Rows, roomLike, unitRows } from './rows.ts'
import { bytesOf, type Count, type MeasuredPart } from './state.ts'

/** Exemplars of each class in the order in which they were picked, best first, as many of each. */
export interface HerdedExemplars extends MeasuredPart {
  /** Exemplars kept now. */
  readonly length: number
  /** Labels of classes with a list, in order of appearance. */
  readonly labels: readonly number[]
  /** The exemplars of a class, best first; not to be written to. */
  of(label: number): Rows<RowValues>
  /** First pass over a task's images: their features [n × dimension]. */
  look(features: Float32Array, labels: Int32Array): void
  /** It is over, and so many classes have been seen: old lists are shortened, and exemplars of the new classes picked. */
  pick(classes: number): void
  /** Second pass, over the same images in the same order: is any of the next n a pick? If not, `skip` them. */
  awaits(n: number): boolean
  skip(n: number): void
  /** `rows` [n × rowSize] of the next n images: picks are copied. */
  take(rows: RowValues, labels: Int32Array): void
  /** For a step of a stage: its share of them, in an order of each epoch's own, all of them once an epoch; copies. */
  portion(place: StagePlace, random: (purpose: string) => Chance): Rows<RowValues>
}

/**
 * iCaRL's exemplars: m = ⌊capacity / classes⌋ of each class, picked by herding (`herded`) among the features of its
 * images, which are stretched to length 1. As classes come, each list loses its end. Images of a task must be shown twice
 * in one order, because which of them to keep is known only when all have been seen.
 *
 * With fewer places than classes nothing is kept.
 *
 * Bytes  at most capacity × (rowSize × 1 for pictures or 4 for embeddings), and 12 a class; while it looks, the features.
 * Costs  2 × picks × images × dimension operations a class.
 * @throws buffer-size unless the capacity is a whole number, 0 or more
 * @source Rebuffi et al., "iCaRL", CVPR 2017, algorithms 4 and 5. arXiv:1611.07725
 */
export function herdedExemplars(
  capacity: number,
  { rowSize, dimension, count }: { rowSize: number; dimension: number; count: Count },
): HerdedExemplars {
  checkCapacity(capacity)
  let lists = new Map<number, List>()
  let looked: Rows[] = []
  /** For each image of the second pass its rank in the list of its class, or −1. */
  let ranks = new Int32Array(0)
  let passed = 0
  const lengthOf = () => [...lists.values()].reduce((sum, { length }) => sum + length, 0)
  const save = () => ({
    labels: Int32Array.from(lists.keys()),
    lengths: Int32Array.from(lists.values(), ({ length }) => length),
    rows: [...lists.values()].map(({ rows }) => rows?.slice() ?? null),
    looked: looked.map(({ rows, labels }) => ({ rows, labels })),
    ranks: ranks.slice(),
    passed,
  })
  const advance = (n: number) => {
    passed += n
    if (passed < ranks.length) return
    ranks = new Int32Array(0)
    passed = 0
  }
  return {
    get length() {
      return lengthOf()
    },
    get labels() {
      return [...lists.keys()]
    },
    of(label) {
      const { rows, length } = lists.get(label) ?? { rows: undefined, length: 0 }
      return { rows: rows ?? new Float32Array(0), labels: new Int32Array(length).fill(label) }
    },
    look(features, labels) {
      checkRows('herdedExemplars', features, labels, dimension)
      looked = [...looked, { rows: features.slice(), labels: labels.slice() }]
    },
    pick(classes) {
      const share = Math.floor(capacity / classes)
      for (const [label, { rows, length }] of lists) {
        const kept = Math.min(share, length)
        lists.set(label, { length: kept, rows: rows?.slice(0, kept * rowSize) as RowValues | undefined })
      }
      const labels = looked.flatMap((rows) => [...rows.labels])
      const all = new Float32Array(labels.length * dimension)
      let at = 0
      for (const { rows } of looked) {
        all.set(rows, at)
        at += rows.length
      }
      const units = unitRows(all, dimension)
      count(3 * units.length)
      ranks = new Int32Array(labels.length).fill(-1)
      for (const label of new Set(labels)) {
        const own = labels.flatMap((each, i) => (each === label ? [i] : []))
        const features = new Float64Array(own.length * dimension)
        own.forEach((i, k) => {
          features.set(units.subarray(i * dimension, (i + 1) * dimension), k * dimension)
        })
        const picks = herded(features, dimension, share)
        count(2 * picks.length * features.length)
        picks.forEach(({ row }, rank) => (ranks[own[row]] = rank))
        lists.set(label, { length: picks.length, rows: undefined })
      }
      looked = []
      passed = 0
    },
    awaits: (n) => ranks.subarray(passed, passed + n).some((rank) => rank >= 0),
    skip: advance,
    take(rows, labels) {
      checkRows('herdedExemplars', rows, labels, rowSize)
      labels.forEach((label, i) => {
        const rank = ranks[passed + i]
        if (rank < 0) return
        const list = lists.get(label)!
        list.rows ??= roomLike(rows, list.length * rowSize)
        list.rows.set(rows.subarray(i * rowSize, (i + 1) * rowSize), rank * rowSize)
      })
      advance(labels.length)
    },
    portion({ task, epoch, epochs, step, steps }, random) {
      const length = lengthOf()
      const each = steps / epochs
      const at = step % each
      const order = random(`exemplars in task ${task}, epoch ${epoch}`).permutation(length)
      const places = order.subarray(Math.floor((at * length) / each), Math.floor(((at + 1) * length) / each))
      const kind = [...lists.values()].find(({ rows }) => rows !== undefined)?.rows ?? new Float32Array(0)
      const drawn = { rows: roomLike(kind, places.length * rowSize), labels: new Int32Array(places.length) }
      places.forEach((place, i) => {
        let rank = place
        const [label, { rows }] = [...lists].find(([, { length }]) => {
          if (rank < length) return true
          rank -= length
          return false
        })!
        drawn.rows.set(rows!.subarray(rank * rowSize, (rank + 1) * rowSize), i * rowSize)
        drawn.labels[i] = label
      })
      return drawn
    },
    save,
    load(state) {
      const saved = state as ReturnType<typeof save>
      lists = new Map(
        Array.from(saved.labels, (label, k) => [
          label,
          { length: saved.lengths[k], rows: saved.rows[k]?.slice() },
        ]),
      )
      looked = [...saved.looked]
      ranks = saved.ranks.slice()
      passed = saved.passed
    },
    bytes: () => bytesOf(save()),
  }
}

/** The exemplars of a class; without rows until the first of them has come. */
interface List {
  readonly length: number
  rows: RowValues | undefined
}

/**
 * Greedy picks whose mean stays as near as can be to the mean μ of all: for k = 1, 2 … the row f_i not yet picked that
 * minimises ‖μ − (f_i + S) / k‖, S the sum of those picked. Of equal ones the first.
 *
 * @param features [n × dimension]
 * @param most picks; no more than there are rows
 * @returns rows in the order of their picking, with that distance
 */
export function herded(
  features: Float64Array,
  dimension: number,
  most: number,
): readonly { readonly row: number; readonly distance: number }[] {
  const n = features.length / dimension
  const mean = new Float64Array(dimension)
  features.forEach((value, i) => (mean[i % dimension] += value / n))
  const sum = new Float64Array(dimension)
  const left = new Set(Array.from({ length: n }, (_, i) => i))
  const picks: { row: number; distance: number }[] = []
  for (let k = 1; k <= Math.min(most, n); k++) {
    let best = { row: -1, distance: Number.POSITIVE_INFINITY }
    for (const row of left) {
      let squares = 0
      for (let j = 0; j < dimension; j++) {
        const off = mean[j] - (features[row * dimension + j] + sum[j]) / k
        squares += off * off
      }
      if (squares < best.distance) best = { row, distance: squares }
    }
    left.delete(best.row)
    for (let j = 0; j < dimension; j++) sum[j] += features[best.row * dimension + j]
    picks.push({ row: best.row, distance: Math.sqrt(best.distance) })
  }
  return picks
}
