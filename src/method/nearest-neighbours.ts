import { classColumns } from './class-columns.ts'
import type { KeptRows } from './kept-rows.ts'
import type { PartState, Scores } from './method.ts'
import { noScore } from './nearness.ts'
import { rowProducts } from './row-products.ts'
import { stretchedRows } from './rows.ts'
import { bytesOf, type Count, type MeasuredPart } from './state.ts'
import { checkWhole } from './whole-number.ts'

/** A vote of the stored examples nearest to an image. */
export interface NearestNeighbours extends MeasuredPart {
  grow(labels: readonly number[]): void
  /** `rows` [n × dimension], `labels` [n] stream labels; what is kept of them is the store's affair. */
  add(rows: Float32Array, labels: Int32Array): void
  /** [n × K]; each row by itself, to the bit. A class without a stored example scores lowest. */
  scores(rows: Float32Array): Promise<Scores>
}

export interface NearestNeighboursOptions {
  dimension: number
  /** How many vote; with fewer stored, all of them. */
  k: number
  /** `cosine`: the largest cosine is nearest. `euclid`: the smallest distance. */
  distance: 'cosine' | 'euclid'
  store: KeptRows
  count: Count
}

/** Stored rows compared with at once, so that the similarities of a batch stay small. */
const block = 8192

/**
 * score_c = (votes for c among the k nearest) + closeness_c
 *
 * with closeness in (0, 1) by the order of the classes' nearest examples: of classes with equally many votes the one
 * with the nearest example wins, and those without a vote are told apart too. Of examples equally near the one
 * stored first is nearer. Similarities are float32 products.
 *
 * Costs  2 · dimension operations a stored example and image.
 * @throws neighbours unless k is a whole number from 1
 * @source Cover & Hart, "Nearest Neighbor Pattern Classification", IEEE Trans. Information Theory 1967
 */
export function nearestNeighbours(options: NearestNeighboursOptions): NearestNeighbours {
  const { dimension, k, distance, store, count } = options
  checkWhole('k', k, { code: 'neighbours', from: 1 })
  const columns = classColumns('nearestNeighbours')
  let prepared: Prepared | undefined
  const save = () => ({ labels: columns.save(), store: store.save() })
  const prepare = (): Prepared => {
    const { rows, labels } = store.all()
    const directed = distance === 'cosine' ? stretchedRows(rows, dimension, 1) : rows
    return {
      rows: directed,
      columns: Int32Array.from(labels, (label) => columns.of(label)),
      halfSquares: Float64Array.from(labels, (_, i) =>
        distance === 'cosine' ? 0 : squaredLength(rows, i, dimension) / 2,
      ),
    }
  }
  return {
    grow: columns.grow,
    add(rows, labels) {
      store.offer(rows, labels)
      prepared = undefined
      count(3 * rows.length)
    },
    async scores(rows) {
      prepared ??= prepare()
      const stored = prepared.columns.length
      const asked = distance === 'cosine' ? stretchedRows(rows, dimension, 1) : rows
      const n = rows.length / dimension
      const polls = Array.from({ length: n }, () => poll(Math.min(k, stored), columns.labels.length))
      for (let from = 0; from < stored; from += block) {
        const some = prepared.rows.subarray(from * dimension, (from + block) * dimension)
        const dots = await rowProducts(asked, some, dimension)
        const width = some.length / dimension
        polls.forEach((one, i) => {
          one.count(dots.subarray(i * width, (i + 1) * width), prepared!, from)
        })
      }
      const scores = new Float32Array(n * columns.labels.length)
      polls.forEach((one, i) => {
        scores.set(one.scores(prepared!.columns), i * columns.labels.length)
      })
      count(n * stored * (2 * dimension + 1))
      return scores
    },
    save,
    load(state) {
      const saved = state as { labels: Int32Array; store: PartState }
      columns.load(saved.labels)
      store.load(saved.store)
      prepared = undefined
    },
    bytes: () => bytesOf(save()),
  }
}

/** The store as it is searched: similarity is x·s − ‖s‖²/2, which orders by distance, or by cosine at length 1. */
interface Prepared {
  rows: Float32Array
  columns: Int32Array
  halfSquares: Float64Array
}

/** The k nearest of one image, and the nearest of each class, while the store goes by. */
function poll(k: number, classes: number) {
  const similarities = new Float64Array(k).fill(Number.NEGATIVE_INFINITY)
  const places = new Int32Array(k).fill(-1)
  const nearest = new Float64Array(classes).fill(Number.NEGATIVE_INFINITY)
  return {
    count(dots: Float32Array, { columns, halfSquares }: Prepared, from: number) {
      for (let j = 0; j < dots.length; j++) {
        const similarity = dots[j] - halfSquares[from + j]
        const column = columns[from + j]
        if (similarity > nearest[column]) nearest[column] = similarity
        if (similarity <= similarities[k - 1]) continue
        let at = k - 1
        for (; at > 0 && similarities[at - 1] < similarity; at--) {
          similarities[at] = similarities[at - 1]
          places[at] = places[at - 1]
        }
        similarities[at] = similarity
        places[at] = from + j
      }
    },
    scores(columns: Int32Array): Float64Array {
      const votes = new Float64Array(classes)
      for (const place of places) votes[columns[place]]++
      const order = [...nearest.keys()].sort((a, b) => nearest[b] - nearest[a] || a - b)
      order.forEach((column, rank) => {
        if (nearest[column] === Number.NEGATIVE_INFINITY) votes[column] = noScore
        else votes[column] += (classes - rank) / (classes + 1)
      })
      return votes
    },
  }
}

function squaredLength(rows: Float32Array, i: number, dimension: number): number {
  let sum = 0
  for (let j = i * dimension; j < (i + 1) * dimension; j++) sum += rows[j] * rows[j]
  return sum
}
