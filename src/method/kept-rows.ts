import { checkRows, concat, type Rows } from './rows.ts'
import { bytesOf, type MeasuredPart } from './state.ts'

/** Embeddings kept with their labels, to be looked up and not drawn from. */
export interface KeptRows extends MeasuredPart {
  /** Examples kept now. */
  readonly length: number
  /** Shows it examples, which it copies or passes by. `rows` [n × dimension], `labels` [n]. */
  offer(rows: Float32Array, labels: Int32Array): void
  /** What it keeps, in an order that its state determines; not to be written to. */
  all(): Rows
  /** Lets everything go. */
  clear(): void
}

/** No example at all: what `concat` of nothing begins with. */
export const noRows: Rows = { rows: new Float32Array(0), labels: new Int32Array(0) }

/**
 * Keeps every example it was shown, in that order.
 *
 * Bytes  examples × (dimension × 4 + 4).
 */
export function keptRows(dimension: number): KeptRows {
  let parts: Rows[] = []
  const all = (): Rows => {
    if (parts.length !== 1) parts = [concat(noRows, ...parts)]
    return parts[0]
  }
  const save = () => {
    const { rows, labels } = all()
    return { rows: rows.slice(), labels: labels.slice() }
  }
  return {
    get length() {
      return parts.reduce((sum, { labels }) => sum + labels.length, 0)
    },
    offer(rows, labels) {
      checkRows('keptRows', rows, labels, dimension)
      parts.push({ rows: rows.slice(), labels: labels.slice() })
    },
    all,
    clear() {
      parts = []
    },
    save,
    load(state) {
      const { rows, labels } = state as { rows: Float32Array; labels: Int32Array }
      parts = [{ rows: rows.slice(), labels: labels.slice() }]
    },
    bytes: () => bytesOf(save()),
  }
}
