import { StreambedError } from '../error.ts'
import type { Chance } from '../tensor/index.ts'
import type { PartState } from './method.ts'
import { checkRows, type Rows } from './rows.ts'
import { bytesOf, chanceState, type MeasuredPart } from './state.ts'

/** A bounded set of exemplars: embeddings with their labels. */
export interface ExemplarBuffer extends MeasuredPart {
  /** The bound; `length` never exceeds it. */
  readonly capacity: number
  /** Exemplars kept now. */
  readonly length: number
  /** Shows the buffer examples, which it copies or passes by. `rows` [n × dimension], `labels` [n]. */
  offer(rows: Float32Array, labels: Int32Array): void
  /** min(n, length) different exemplars, uniformly, in drawn order; copies. */
  draw(n: number): Rows
}

/**
 * Reservoir sampling: of all n examples ever offered, each is kept with the same probability capacity / n.
 *
 * While there is room an example takes the next slot. After that a slot j is drawn from 0 … n inclusive, and
 * the example overwrites it when j < capacity. An example offered in two epochs counts as two.
 * Of capacity 0 it keeps nothing, draws nothing, and takes no chance: replay from it is no replay.
 *
 * Bytes  capacity × (dimension × 4 + 4) when full.
 * @throws buffer-size unless the capacity is a whole number, 0 or more.
 * @source Vitter, "Random Sampling with a Reservoir", ACM TOMS 1985, Algorithm R.
 */
export function reservoir(capacity: number, dimension: number, chance: Chance): ExemplarBuffer {
  checkCapacity(capacity)
  const slots = reservoirSlots(capacity, dimension)
  const save = () => ({ slots: slots.save(), chance: chanceState(chance) })
  return {
    capacity,
    get length() {
      return slots.length
    },
    offer(rows, labels) {
      checkRows('reservoir', rows, labels, dimension)
      for (let i = 0; i < labels.length; i++) slots.offer(rows, i, labels[i], chance)
    },
    draw: (n) => drawFrom([slots], n, dimension, chance),
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
export interface ReservoirSlots {
  readonly length: number
  readonly rows: Float32Array
  readonly labels: Int32Array
  offer(rows: Float32Array, row: number, label: number, chance: Chance): void
  /** Gives up slots by lot, so that what stays is still a uniform sample of all that was offered. */
  shrink(capacity: number, chance: Chance): void
  save(): PartState
  load(state: PartState): void
}

export function reservoirSlots(capacity: number, dimension: number): ReservoirSlots {
  let room = capacity
  let offered = 0
  let length = 0
  let rows = new Float32Array(capacity * dimension)
  let labels = new Int32Array(capacity)
  const copyRow = (from: Float32Array, row: number, slot: number) =>
    rows.set(from.subarray(row * dimension, (row + 1) * dimension), slot * dimension)
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
      rows = new Float32Array(to * dimension)
      labels = new Int32Array(to)
      kept.forEach((old, slot) => {
        copyRow(oldRows, old, slot)
        labels[slot] = oldLabels[old]
      })
      length = kept.length
      room = to
    },
    save: () => ({
      room,
      offered,
      rows: rows.slice(0, length * dimension),
      labels: labels.slice(0, length),
    }),
    load(state) {
      const saved = state as { room: number; offered: number; rows: Float32Array; labels: Int32Array }
      room = saved.room
      offered = saved.offered
      length = saved.labels.length
      rows = new Float32Array(room * dimension)
      rows.set(saved.rows)
      labels = new Int32Array(room)
      labels.set(saved.labels)
    },
  }
}

/** Draws without replacement over several sets of slots as if they were one: the first n of a shuffle. */
export function drawFrom(
  sets: readonly ReservoirSlots[],
  n: number,
  dimension: number,
  chance: Chance,
): Rows {
  const total = sets.reduce((sum, set) => sum + set.length, 0)
  const taken = Math.min(n, total)
  const drawn = { rows: new Float32Array(taken * dimension), labels: new Int32Array(taken) }
  // Fisher-Yates that writes down only the places it has moved: a draw costs its own size, not the buffer's.
  const moved = new Map<number, number>()
  for (let i = 0; i < taken; i++) {
    const j = i + chance.below(total - i)
    let place = moved.get(j) ?? j
    moved.set(j, moved.get(i) ?? i)
    let s = 0
    while (place >= sets[s].length) place -= sets[s++].length
    drawn.rows.set(sets[s].rows.subarray(place * dimension, (place + 1) * dimension), i * dimension)
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
