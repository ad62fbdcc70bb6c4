import { StreambedError } from '../error.ts'
import type { RowValues } from './method.ts'

/** Examples kept or drawn: rows of a backbone (`backbone.rows`, or embeddings), and their stream labels. */
export interface Rows<Values extends RowValues = Float32Array> {
  /** [n × numbers a row]. */
  readonly rows: Values
  /** [n]. */
  readonly labels: Int32Array
  /** More numbers of each, of any length, where a buffer carries some along. */
  readonly extras?: readonly Float32Array[]
}

/** An array of the kind of `values`, of zeros. */
export function roomLike<Values extends RowValues>(values: Values, length: number): Values {
  return (values instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length)) as Values
}

/** Several sets of rows one after another, copied, without extras; empty sets may be of another kind. */
export function concat<Values extends RowValues>(...sets: readonly Rows<Values>[]): Rows<Values> {
  const kind = (sets.find((set) => set.rows.length > 0) ?? sets[0]).rows
  const rows = roomLike(
    kind,
    sets.reduce((sum, set) => sum + set.rows.length, 0),
  )
  const labels = new Int32Array(sets.reduce((sum, set) => sum + set.labels.length, 0))
  let atRow = 0
  let atLabel = 0
  for (const set of sets) {
    if (set.rows.length > 0) rows.set(set.rows, atRow)
    labels.set(set.labels, atLabel)
    atRow += set.rows.length
    atLabel += set.labels.length
  }
  return { rows, labels }
}

/** [n × 2 · dimension]: each row of the first and behind it the same row of the second. */
export function sideBySide(left: Float32Array, right: Float32Array, dimension: number): Float32Array {
  if (left.length !== right.length) {
    throw new RangeError(`sideBySide: ${left.length} numbers beside ${right.length}`)
  }
  const rows = new Float32Array(2 * left.length)
  for (let at = 0; at < left.length; at += dimension) {
    rows.set(left.subarray(at, at + dimension), 2 * at)
    rows.set(right.subarray(at, at + dimension), 2 * at + dimension)
  }
  return rows
}

/**
 * u = f / ‖f‖₂ for each row of [n × dimension], in float64. A row of zeros has no direction and stays zero.
 * Costs 3 operations an element.
 */
export function unitRows(rows: Float32Array | Float64Array, dimension: number): Float64Array {
  const units = new Float64Array(rows.length)
  for (let start = 0; start < rows.length; start += dimension) {
    const scale = scaleTo(1, rows, start, dimension)
    for (let i = start; i < start + dimension; i++) units[i] = rows[i] * scale
  }
  return units
}

/** Each row of [n × dimension] stretched to `length`, float32 again; zeros stay zero. 3 operations an element. */
export function stretchedRows(rows: Float32Array, dimension: number, length: number): Float32Array {
  const stretched = new Float32Array(rows.length)
  for (let start = 0; start < rows.length; start += dimension) {
    const scale = scaleTo(length, rows, start, dimension)
    for (let i = start; i < start + dimension; i++) stretched[i] = rows[i] * scale
  }
  return stretched
}

function scaleTo(
  length: number,
  rows: Float32Array | Float64Array,
  start: number,
  dimension: number,
): number {
  let squares = 0
  for (let i = start; i < start + dimension; i++) squares += rows[i] * rows[i]
  return squares === 0 ? 0 : length / Math.sqrt(squares)
}

/** Refuses rows that are not [labels × dimension]. @throws rows-do-not-fit, naming the part. */
export function checkRows(
  part: string,
  rows: ArrayLike<number>,
  labels: Int32Array,
  dimension: number,
): void {
  if (rows.length === labels.length * dimension) return
  throw new StreambedError('rows-do-not-fit', {
    what: `${part} takes ${dimension} numbers a row, so ${labels.length} labels need ${labels.length * dimension} numbers; ${rows.length} came.`,
    where: part,
    mend: `Give the embeddings of exactly the labelled images, as backbone.embed returns them.`,
    exit: 1,
  })
}
