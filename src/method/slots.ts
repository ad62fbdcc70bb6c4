import type { PartState, RowValues } from './method.ts'
import { type Rows, roomLike } from './rows.ts'

/** Numbered places for exemplars, filled from 0 on. Who gets which is the business of whoever has them. */
export interface Slots<Values extends RowValues = RowValues> {
  /** Places in all. */
  readonly room: number
  /** Places that are filled. */
  readonly length: number
  /** [room], of which the first `length` are filled. */
  readonly labels: Int32Array
  /** What the rows are, once there was one. */
  readonly kind: Values | undefined
  /** Copies example `at` of these into a filled place, or the next free one. */
  put(slot: number, from: Rows<Values>, at: number): void
  /** Copies what is in a place to row `at`. */
  copy(slot: number, into: Rows<Values>, at: number): void
  /** Numbers carried along with the exemplar of a place; none if none came. */
  extras(slot: number): Float32Array
  /** Keeps these alone, in this order, with room for so many. */
  keep(slots: ArrayLike<number>, room: number): void
  save(): PartState
  load(state: PartState): void
}

const nothing = new Float32Array(0)

export function exemplarSlots<Values extends RowValues = RowValues>(
  capacity: number,
  rowSize: number,
): Slots<Values> {
  let room = capacity
  let length = 0
  let rows: Values | undefined
  let labels = new Int32Array(room)
  /** By slot; shorter than `length` where the last ones carry nothing. */
  let carried: Float32Array[] = []
  const place = (slot: number, from: Values, at: number, label: number, extras: Float32Array) => {
    rows ??= roomLike(from, room * rowSize)
    rows.set(from.subarray(at * rowSize, (at + 1) * rowSize), slot * rowSize)
    labels[slot] = label
    if (extras.length > 0 || carried.length > slot) carried[slot] = extras
  }
  return {
    get room() {
      return room
    },
    get length() {
      return length
    },
    get labels() {
      return labels
    },
    get kind() {
      return rows
    },
    put(slot, from, at) {
      place(slot, from.rows, at, from.labels[at], from.extras?.[at]?.slice() ?? nothing)
      length = Math.max(length, slot + 1)
    },
    copy(slot, into, at) {
      into.rows.set(rows!.subarray(slot * rowSize, (slot + 1) * rowSize), at * rowSize)
      into.labels[at] = labels[slot]
    },
    extras: (slot) => carried[slot] ?? nothing,
    keep(slots, to) {
      const before = { rows, labels, carried }
      room = to
      length = slots.length
      rows = undefined
      labels = new Int32Array(to)
      carried = []
      for (let slot = 0; slot < length; slot++) {
        const old = slots[slot]
        place(slot, before.rows as Values, old, before.labels[old], before.carried[old] ?? nothing)
      }
    },
    save: () => ({
      room,
      rows: rows?.slice(0, length * rowSize) ?? new Float32Array(0),
      labels: labels.slice(0, length),
      extras: joined(carried),
      widths: Int32Array.from(carried, (of) => of?.length ?? 0),
    }),
    load(state) {
      const saved = state as {
        room: number
        rows: Values
        labels: Int32Array
        extras: Float32Array
        widths: Int32Array
      }
      room = saved.room
      length = saved.labels.length
      rows = undefined
      if (length > 0) {
        rows = roomLike(saved.rows, room * rowSize)
        rows.set(saved.rows)
      }
      labels = new Int32Array(room)
      labels.set(saved.labels)
      let at = 0
      carried = Array.from(saved.widths, (width) => saved.extras.slice(at, (at += width)))
    },
  }
}

/** Copies of all that is in several sets of slots, as if they were one, at these places. */
export function rowsAt<Values extends RowValues>(
  sets: readonly Slots<Values>[],
  places: ArrayLike<number>,
  rowSize: number,
): Required<Rows<Values>> {
  const n = places.length
  const kind = sets.find((set) => set.length > 0)?.kind ?? (new Float32Array(0) as Values)
  const extras: Float32Array[] = []
  const rows = { rows: roomLike(kind, n * rowSize), labels: new Int32Array(n), extras }
  for (let i = 0; i < n; i++) {
    let [s, place] = [0, places[i]]
    while (place >= sets[s].length) place -= sets[s++].length
    sets[s].copy(place, rows, i)
    extras.push(sets[s].extras(place).slice())
  }
  return rows
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + (part?.length ?? 0), 0))
  let at = 0
  for (const part of parts) {
    all.set(part ?? nothing, at)
    at += part?.length ?? 0
  }
  return all
}
