import type { Ref } from '../autodiff/index.ts'
import { sizeOf } from '../tensor/index.ts'

/** Weights that move at a rate of their own. The first group whose `match` takes a weight has it. */
export interface Group {
  readonly name: string
  /** By name; 'head' for the head's, 'backbone' for all others. */
  readonly match: 'head' | 'backbone' | ((weight: string) => boolean)
  /** Times the rate of the step; 1 unless said. */
  readonly factor?: number
  /** Instead of the optimiser's. */
  readonly weightDecay?: number
}

/** One trained weight, and where it lies in a flat vector of all. */
export interface Entry {
  readonly ref: Ref
  readonly offset: number
  readonly length: number
  /** Place in the list of groups. */
  readonly group: number
  /** Is its last dimension the classes, growing with them? */
  readonly grows: boolean
}

/** Lays weights one after another, in their order. */
export function layOut(
  weights: readonly { ref: Ref; head: boolean; grows: boolean }[],
  groups: readonly Group[],
): readonly Entry[] {
  let offset = 0
  return weights.map(({ ref, head, grows }) => {
    const group = groups.findIndex(({ match }) =>
      typeof match === 'function' ? match(ref.name) : (match === 'head') === head,
    )
    if (group === -1) {
      throw new RangeError(`${ref.name} belongs to no group: ${groups.map(({ name }) => name).join(', ')}`)
    }
    const entry = { ref, offset, length: sizeOf(ref.dims), group, grows }
    offset += entry.length
    return entry
  })
}

export function lengthOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { length }) => sum + length, 0)
}

/** What of a flat vector belongs to an entry: a view. */
export function partOf(flat: Float32Array, { offset, length }: Entry): Float32Array {
  return flat.subarray(offset, offset + length)
}

/** The layout for another number of classes. */
export function widened(entries: readonly Entry[], classes: number): readonly Entry[] {
  let offset = 0
  return entries.map((entry) => {
    const dims = entry.grows ? entry.ref.dims.with(-1, classes) : entry.ref.dims
    const wide = { ...entry, ref: { ...entry.ref, dims }, offset, length: sizeOf(dims) }
    offset += wide.length
    return wide
  })
}

/** The layout that flat vectors of this length have, or had when there were fewer classes. */
export function narrowed(entries: readonly Entry[], length: number): readonly Entry[] {
  const growing = entries.filter(({ grows }) => grows)
  const classes = growing[0]?.ref.dims.at(-1) ?? 1
  const each = lengthOf(growing) / classes
  const fewer = growing.length === 0 ? classes : classes - (lengthOf(entries) - length) / each
  if (!(Number.isInteger(fewer) && fewer >= 0 && fewer <= classes)) {
    throw new RangeError(
      `${length} numbers are not those of ${lengthOf(entries)} weights, or of fewer classes`,
    )
  }
  return widened(entries, fewer)
}

/** A flat vector under one layout, laid out for another with more classes; what is new is 0. */
export function relaid(
  flat: Float32Array,
  from: readonly Entry[],
  to: readonly Entry[],
): Float32Array<ArrayBuffer> {
  const longer = new Float32Array(lengthOf(to))
  for (const [i, entry] of from.entries()) {
    const [narrow, wide] = [entry.ref.dims.at(-1) ?? 1, to[i].ref.dims.at(-1) ?? 1]
    const rows = entry.grows ? entry.length / Math.max(1, narrow) : 1
    const length = entry.grows ? narrow : entry.length
    for (let row = 0; row < rows; row++) {
      const start = entry.offset + row * length
      longer.set(flat.subarray(start, start + length), to[i].offset + row * (entry.grows ? wide : 0))
    }
  }
  return longer
}
