import type { RowValues } from './method.ts'
import { concat, type Rows } from './rows.ts'

/** Examples of several kinds that pass through the network together, each kind with a loss of its own. */
export interface BatchInParts<Values extends RowValues, Name extends string> {
  /** All examples, part after part. */
  readonly all: Rows<Values>
  /** What is fed for every example, of a part's [n × width] and zeros for all others. */
  place(part: Name, values: Float32Array, width: number): Float32Array
  /** The same, times examples / n: a loss that is a mean over all becomes a mean over the part. */
  mean(part: Name, values: Float32Array, width: number): Float32Array
}

/**
 * `batchInParts({ now: incoming, again: buffer.draw(32) })`, for a `weightedSum` of losses: one takes
 * `batch.mean('now', network.targets(labels), columns)`, another the next part. An empty part has no loss.
 */
export function batchInParts<Values extends RowValues, Name extends string>(
  parts: Readonly<Record<Name, Rows<Values>>>,
): BatchInParts<Values, Name> {
  const lengths = new Map<string, { from: number; length: number }>()
  let total = 0
  for (const [name, { labels }] of Object.entries<Rows<Values>>(parts)) {
    lengths.set(name, { from: total, length: labels.length })
    total += labels.length
  }
  const placed = (part: Name, values: Float32Array, width: number, factor: number) => {
    const { from, length } = lengths.get(part)!
    if (values.length !== length * width) {
      throw new RangeError(`batchInParts: ${values.length} numbers are not [${length}, ${width}] of ${part}`)
    }
    const rows = new Float32Array(total * width)
    values.forEach((value, i) => {
      rows[from * width + i] = value * factor
    })
    return rows
  }
  return {
    all: concat(...Object.values<Rows<Values>>(parts)),
    place: (part, values, width) => placed(part, values, width, 1),
    mean: (part, values, width) => placed(part, values, width, total / lengths.get(part)!.length),
  }
}
