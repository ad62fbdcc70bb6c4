import { StreambedError } from '../error.ts'
import type { Chance } from '../tensor/index.ts'
import type { PartState, RowValues } from './method.ts'
import { checkRows, type Rows, roomLike } from './rows.ts'
import { bytesOf, chanceState, type MeasuredPart } from './state.ts'

/** A bounded set of exemplars: rows of a backbone with their labels. */
export interface ExemplarBuffer<Values extends RowValues = RowValues> extends MeasuredPart {
  /** The bound; `length` never exceeds it. */
  readonly capacity: number
  /** Exemplars kept now. */
  readonly length: number
  /** Shows the buffer examples, which it copies or passes by. `rows` [n × rowSize], `labels` [n]. */
  offer(rows: Values, labels: Int32Array): void
  /** min(n, length) different exemplars, uniformly, in drawn order; copies. */
  draw(n: number): Rows<Values>
}

/**
 * Reservoir sampling: of all n examples ever offered, each is kept with the same probability capacity / n.
 *
 * While there is room an example takes the next slot. After that a slot j is drawn from 0 … n inclusive, and
 * the example overwrites it when j < capacity. An example offered in two epochs counts as two.
 * Of capacity 0 it keeps nothing, draws nothing, and takes no chance: replay from it is no replay.
 *
 * Bytes  capacity × (rowSize × 1 for pictures or 4 for embeddings, + 4) when full.
 * @throws buffer-size unless the capacity is a whole number, 0 or more.
 * @source Vitter, "Random Sampling with a Reservoir", ACM TOMS 1985, Algorithm R.
 */
export function reservoir<Values extends RowValues = RowValues>(
  capacity: number,
  rowSize: number,
  chance: Chance,
): ExemplarBuffer<Values> {
  checkCapacity(capacity)
  const slots = reservoirSlots<Values>(capacity, rowSize)
  const save = () => ({ slots: slots.save(), chance: chanceState(chance) })
  return {
    capacity,
    get length() {
      return slots.length
    },
    offer(rows, labels) {
      checkRows('reservoir', rows, labels, rowSize)
      for (let i = 0; i < labels.length; i++) slots.offer(rows, i, labels[i], chance)
    },
    draw: (n) => drawFrom([slots], n, rowSize, chance),
    save,
    load(state) {
      const saved = state as { slots: PartState; chance: PartState }
      slots.load(saved.slots)
      chance.load(saved.chance)
    },
    bytes: () => bytesOf(save()),
  }
}

/** The slots of one reservoir, without chance of their own: class-balanced buffers keep one a class. */
export interface ReservoirSlots<Values extends RowValues> {
  readonly length: number
  /** Of the kind that was offered first; none before that. */
  readonly rows: Values | undefined
  readonly labels: Int32Array
  offer(rows: Values, row: number, label: number, chance: Chance): void
  /** Gives up slots by lot, so that what stays is still a uniform sample of all that was offered. */
  shrink(capacity: number, chance: Chance): void
  save(): PartState
  load(state: PartState): void
}

export function reservoirSlots<Values extends RowValues>(
  capacity: number,
  rowSize: number,
): ReservoirSlots<Values> {
  let room = capacity
  let offered = 0
  let length = 0
  let rows: Values | undefined
  let labels = new Int32Array(capacity)
  const copyRow = (from: Values, row: number, slot: number) => {
    rows ??= roomLike(from, room * rowSize)
    rows.set(from.subarray(row * rowSize, (row + 1) * rowSize), slot * rowSize)
  }
  return {
    get length() {
      return length
    },
    get rows() {
      return rows
    },
    get labels() {
      return labels
    },
    offer(from, row, label, chance) {
      if (room > 0) {
        const slot = length < room ? length++ : chance.below(offered + 1)
        if (slot < room) {
          copyRow(from, row, slot)
          labels[slot] = label
        }
      }
      offered++
    },
    shrink(to, chance) {
      if (to >= room) return
      // Of a reservoir that is not full yet, nothing needs to go as long as all of it still fits.
      const kept =
        length > to
          ? chance.permutation(length).subarray(0, to).sort()
          : Uint32Array.from({ length }, (_, i) => i)
      const [oldRows, oldLabels] = [rows, labels]
      room = to
      rows = undefined
      labels = new Int32Array(to)
      kept.forEach((old, slot) => {
        copyRow(oldRows as Values, old, slot)
        labels[slot] = oldLabels[old]
      })
      length = kept.length
    },
    save: () => ({
      room,
      offered,
      rows: rows?.slice(0, length * rowSize) ?? new Float32Array(0),
      labels: labels.slice(0, length),
    }),
    load(state) {
      const saved = state as { room: number; offered: number; rows: Values; labels: Int32Array }
      room = saved.room
      offered = saved.offered
      length = saved.labels.length
      rows = undefined
      if (length > 0) {
        rows = roomLike(saved.rows, room * rowSize)
        rows.set(saved.rows)
      }
      labels = new Int32Array(room)
      labels.set(saved.labels)
    },
  }
}

/** Draws without replacement over several sets of slots as if they were one: the first n of a shuffle. */
export function drawFrom<Values extends RowValues>(
  sets: readonly ReservoirSlots<Values>[],
  n: number,
  rowSize: number,
  chance: Chance,
): Rows<Values> {
  const total = sets.reduce((sum, set) => sum + set.length, 0)
  const taken = Math.min(n, total)
  const kind = sets.find((set) => set.length > 0)?.rows ?? (new Float32Array(0) as Values)
  const drawn = { rows: roomLike(kind, taken * rowSize), labels: new Int32Array(taken) }
  // Fisher-Yates that writes down only the places it has moved: a draw costs its own size, not the buffer's.
  const moved = new Map<number, number>()
  for (let i = 0; i < taken; i++) {
    const j = i + chance.below(total - i)
    let place = moved.get(j) ?? j
    moved.set(j, moved.get(i) ?? i)
    let s = 0
    while (place >= sets[s].length) place -= sets[s++].length
    drawn.rows.set(sets[s].rows!.subarray(place * rowSize, (place + 1) * rowSize), i * rowSize)
    drawn.labels[i] = sets[s].labels[place]
  }
  return drawn
}

export function checkCapacity(capacity: number): void {
  if (Number.isInteger(capacity) && capacity >= 0) return
  throw new StreambedError('buffer-size', {
    what: `A buffer can't hold ${capacity} exemplars.`,
    where: 'exemplars',
    mend: 'Give a whole number: 0 (no replay at all) or more, in total and not per class.',
  })
}
