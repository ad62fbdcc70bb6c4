import { checkCapacity } from './exemplar-buffer.ts'
import { type KeptRows, keptRows, noRows } from './kept-rows.ts'
import type { PartState } from './method.ts'
import { checkRows, concat, type Rows } from './rows.ts'
import { bytesOf } from './state.ts'

/**
 * Keeps at most `capacity` examples, shared equally by the classes seen so far: of each class those that came first.
 *
 * The k-th class to appear (k = 0 … K − 1) has ⌈(capacity − k) / K⌉ places, as in `classBalanced`, and gives up the
 * last it kept as more classes appear. It takes no chance: of images in canonical order, by content hash, the first
 * ones are a sample as good as any, and the same in every run.
 *
 * Bytes  at most capacity × (dimension × 4 + 4), and 4 a class.
 * @throws buffer-size unless the capacity is a whole number, 0 or more
 */
export function keptEvenly(capacity: number, dimension: number): KeptRows {
  checkCapacity(capacity)
  // A Map goes through its classes in order of appearance, which is what decides the shares.
  let classes = new Map<number, KeptRows>()
  const shareOf = (k: number) => Math.max(0, Math.ceil((capacity - k) / classes.size))
  const all = () => concat(noRows, ...[...classes.values()].map((kept) => kept.all()))
  const save = () => ({
    labels: Int32Array.from(classes.keys()),
    kept: [...classes.values()].map((kept) => kept.save()),
  })
  return {
    get length() {
      return [...classes.values()].reduce((sum, { length }) => sum + length, 0)
    },
    offer(rows, labels) {
      checkRows('keptEvenly', rows, labels, dimension)
      // All classes of a batch appear before any of it is kept: none of them takes room that another then loses.
      for (const label of labels) if (!classes.has(label)) classes.set(label, keptRows(dimension))
      ;[...classes.entries()].forEach(([label, kept], k) => {
        const own = Array.from(labels.keys()).filter((i) => labels[i] === label)
        offerUpTo(
          shareOf(k),
          kept,
          own.map((i) => rowOf(rows, i, dimension)),
          label,
        )
      })
    },
    all,
    clear() {
      classes = new Map()
    },
    save,
    load(state) {
      const saved = state as { labels: Int32Array; kept: PartState[] }
      classes = new Map()
      saved.labels.forEach((label, k) => {
        const kept = keptRows(dimension)
        kept.load(saved.kept[k])
        classes.set(label, kept)
      })
    },
    bytes: () => bytesOf(save()),
  }
}

const rowOf = (rows: Float32Array, i: number, dimension: number): Rows['rows'] =>
  rows.subarray(i * dimension, (i + 1) * dimension)

/** Brings one class to its share: drops its last examples, or takes the first of those that came. */
function offerUpTo(share: number, kept: KeptRows, incoming: readonly Float32Array[], label: number): void {
  const { rows, labels } = kept.all()
  if (labels.length > share) {
    kept.clear()
    kept.offer(rows.subarray(0, (rows.length / labels.length) * share), labels.subarray(0, share))
  }
  for (const row of incoming.slice(0, share - Math.min(share, labels.length))) {
    kept.offer(row, Int32Array.of(label))
  }
}
