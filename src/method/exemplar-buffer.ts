import { StreambedError } from '../error.ts'
import type { Chance } from '../tensor/index.ts'
import type { PartState, RowValues } from './method.ts'
import { checkRows, type Rows } from './rows.ts'
import { rowsAt, type Slots } from './slots.ts'
import { bytesOf, chanceState, type MeasuredPart } from './state.ts'

/** A bounded set of exemplars: rows of a backbone with their labels, and what a method wants to remember with each. */
export interface ExemplarBuffer<Values extends RowValues = RowValues> extends MeasuredPart {
  /** The bound; `length` never exceeds it. */
  readonly capacity: number
  /** Exemplars kept now. */
  readonly length: number
  /** Does it claim that all examples ever offered are equally likely to be kept? `streambed verify` holds it to that. */
  readonly isUniform?: boolean
  /**
   * Shows the buffer examples, which it copies or passes by. `rows` [n × rowSize], `labels` [n]; `extras`, if any, are
   * more numbers of each, such as the scores that it had, of any length.
   */
  offer(rows: Values, labels: Int32Array, extras?: readonly Float32Array[]): void
  /** min(n, length) different exemplars, uniformly, in drawn order; copies. */
  draw(n: number): DrawnRows<Values>
  /** The exemplars at these places, 0 … length − 1, in an order that the buffer's state determines; copies. */
  at(places: ArrayLike<number>): DrawnRows<Values>
}

/** Exemplars with their extras, which are empty where none were offered. */
export type DrawnRows<Values extends RowValues = RowValues> = Required<Rows<Values>>

/** How a buffer is made: so many exemplars in all, numbers in a row, and its own chance. */
export type MakeBuffer = <Values extends RowValues = RowValues>(
  capacity: number,
  rowSize: number,
  chance: Chance,
) => ExemplarBuffer<Values>

/** What buffers have in common: where they keep things, and how one example comes in. */
export interface Keeping<Values extends RowValues> {
  sets(): readonly Slots<Values>[]
  /** Before any of a batch is kept. */
  arrive?(labels: Int32Array): void
  offer(from: Rows<Values>, at: number): void
  save(): { readonly [name: string]: PartState }
  load(state: PartState): void
}

/** What is the same for all exemplars of a buffer. */
interface BufferNature {
  name: string
  capacity: number
  rowSize: number
  chance: Chance
  isUniform?: boolean
}

/** @throws buffer-size unless the capacity is a whole number, 0 or more. */
export function bufferOf<Values extends RowValues>(
  { name, capacity, rowSize, chance, isUniform = false }: BufferNature,
  keeping: Keeping<Values>,
): ExemplarBuffer<Values> {
  checkCapacity(capacity)
  const length = () => keeping.sets().reduce((sum, set) => sum + set.length, 0)
  const save = () => ({ ...keeping.save(), chance: chanceState(chance) })
  return {
    capacity,
    isUniform,
    get length() {
      return length()
    },
    offer(rows, labels, extras) {
      checkRows(name, rows, labels, rowSize)
      if (extras !== undefined && extras.length !== labels.length) {
        throw new RangeError(`${name}: extras of ${extras.length} examples came with ${labels.length} labels`)
      }
      keeping.arrive?.(labels)
      const from = { rows, labels, ...(extras && { extras }) }
      for (let i = 0; i < labels.length; i++) keeping.offer(from, i)
    },
    draw: (n) => rowsAt(keeping.sets(), lot(Math.min(n, length()), length(), chance), rowSize),
    at: (places) => rowsAt(keeping.sets(), places, rowSize),
    save,
    load(state) {
      keeping.load(state)
      chance.load((state as { chance: PartState }).chance)
    },
    bytes: () => bytesOf(save()),
  }
}

/** The first n of a shuffle of 0 … total − 1. */
export function lot(n: number, total: number, chance: Chance): Uint32Array {
  // Fisher-Yates that writes down only the places it has moved: a draw costs its own size, not the buffer's.
  const moved = new Map<number, number>()
  return Uint32Array.from({ length: n }, (_, i) => {
    const j = i + chance.below(total - i)
    const place = moved.get(j) ?? j
    moved.set(j, moved.get(i) ?? i)
    return place
  })
}

export function checkCapacity(capacity: number): void {
  if (Number.isInteger(capacity) && capacity >= 0) return
  throw new StreambedError('buffer-size', {
    what: `A buffer can't hold ${capacity} exemplars.`,
    where: 'exemplars',
    mend: 'Give a whole number: 0 (no replay at all) or more, in total and not per class.',
  })
}
