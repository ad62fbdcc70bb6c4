import type { Chance } from '../tensor/index.ts'
import type { PartState, RowValues } from './method.ts'
import type { Rows } from './rows.ts'
import { exemplarSlots, type Slots } from './slots.ts'

/** Slots, and who stays in them when they are full: what buffers are made of, one for all or one a class or task. */
export interface Share<Values extends RowValues = RowValues> {
  readonly slots: Slots<Values>
  /** Shows it example `at` of these. */
  offer(from: Rows<Values>, at: number, chance: Chance): void
  /** Gives up room. */
  shrink(room: number, chance: Chance): void
  save(): PartState
  load(state: PartState): void
}

export type MakeShare = <Values extends RowValues>(room: number, rowSize: number) => Share<Values>

/**
 * Of all n examples ever offered, each stays with the same probability room / n.
 * @source Vitter, "Random Sampling with a Reservoir", ACM TOMS 1985, Algorithm R.
 */
export function sample<Values extends RowValues>(room: number, rowSize: number): Share<Values> {
  const slots = exemplarSlots<Values>(room, rowSize)
  return {
    ...counted(slots, (from, at, offered, chance) => {
      const slot = slots.length < slots.room ? slots.length : chance.below(offered + 1)
      if (slot < slots.room) slots.put(slot, from, at)
    }),
    // By lot, so that what stays is still a uniform sample of all that was offered.
    shrink(to, chance) {
      if (to >= slots.room) return
      // Of slots that are not full yet, nothing needs to go as long as all of it still fits.
      const stay =
        slots.length > to ? chance.permutation(slots.length).subarray(0, to).sort() : places(slots.length)
      slots.keep(stay, to)
    },
  }
}

/** The newest examples stay: the oldest is overwritten. */
export function newest<Values extends RowValues>(room: number, rowSize: number): Share<Values> {
  const slots = exemplarSlots<Values>(room, rowSize)
  const all = counted(slots, (from, at, offered) => slots.put(offered % slots.room, from, at))
  return {
    ...all,
    shrink(to) {
      if (to >= slots.room) return
      const { length } = slots
      const oldest = length < slots.room ? 0 : all.offered() % slots.room
      const inOrder = places(length).map((i) => (oldest + i) % length)
      slots.keep(inOrder.subarray(Math.max(0, length - to)), to)
      // The next place is a free one, or that of the oldest again.
      all.restart(slots.length)
    },
  }
}

type Offer<Values extends RowValues> = (
  from: Rows<Values>,
  at: number,
  /** How many came before. */
  offered: number,
  chance: Chance,
) => void

function counted<Values extends RowValues>(slots: Slots<Values>, offer: Offer<Values>) {
  let offered = 0
  return {
    slots,
    offered: () => offered,
    restart(at: number) {
      offered = at
    },
    offer(from: Rows<Values>, at: number, chance: Chance) {
      if (slots.room > 0) offer(from, at, offered, chance)
      offered++
    },
    save: () => ({ offered, ...(slots.save() as object) }) as PartState,
    load(state: PartState) {
      offered = (state as { offered: number }).offered
      slots.load(state)
    },
  }
}

const places = (n: number) => Uint32Array.from({ length: n }, (_, i) => i)
