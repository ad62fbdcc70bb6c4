import type { Chance } from '../tensor/index.ts'
import type { PartState, RowValues } from './method.ts'
import {
  checkCapacity,
  drawFrom,
  type ExemplarBuffer,
  type ReservoirSlots,
  reservoirSlots,
} from './reservoir.ts'
import { checkRows } from './rows.ts'
import { bytesOf, chanceState } from './state.ts'

/**
 * A buffer shared equally by the classes seen so far: each keeps a reservoir of its own examples.
 *
 * The k-th class to appear (k = 0 … K − 1) has ⌈(capacity − k) / K⌉ slots, so shares differ by one at most, the
 * earlier classes have the larger ones, and a share only shrinks as classes appear; what it gives up is drawn
 * by lot. With fewer slots than classes the latest classes have none: they are learned and never replayed.
 * The capacity is the total, not per class; of capacity 0 nothing is kept.
 *
 * Bytes  at most capacity × (rowSize × 1 for pictures or 4 for embeddings, + 4), and 16 a class.
 * @throws buffer-size unless the capacity is a whole number, 0 or more.
 * @source Avalanche's ClassBalancedBuffer with `adaptive_size`: Carta et al., JMLR 2023. arXiv:2302.01766
 */
export function classBalanced<Values extends RowValues = RowValues>(
  capacity: number,
  rowSize: number,
  chance: Chance,
): ExemplarBuffer<Values> {
  checkCapacity(capacity)
  // A Map goes through its classes in order of appearance, which is what decides the shares.
  let classes = new Map<number, ReservoirSlots<Values>>()
  const share = (k: number, total: number) => Math.max(0, Math.ceil((capacity - k) / total))
  const appear = (label: number): ReservoirSlots<Values> => {
    const total = classes.size + 1
    let k = 0
    for (const slots of classes.values()) slots.shrink(share(k++, total), chance)
    const slots = reservoirSlots<Values>(share(k, total), rowSize)
    classes.set(label, slots)
    return slots
  }
  const save = () => ({
    labels: Int32Array.from(classes.keys()),
    slots: [...classes.values()].map((slots) => slots.save()),
    chance: chanceState(chance),
  })
  return {
    capacity,
    get length() {
      let sum = 0
      for (const slots of classes.values()) sum += slots.length
      return sum
    },
    offer(rows, labels) {
      checkRows('classBalanced', rows, labels, rowSize)
      // All classes of a batch appear before any of it is kept: none of them takes room that another then loses.
      for (const label of labels) if (!classes.has(label)) appear(label)
      for (let i = 0; i < labels.length; i++) classes.get(labels[i])!.offer(rows, i, labels[i], chance)
    },
    draw: (n) => drawFrom([...classes.values()], n, rowSize, chance),
    save,
    load(state) {
      const saved = state as { labels: Int32Array; slots: PartState[]; chance: PartState }
      classes = new Map()
      saved.labels.forEach((label, k) => {
        const slots = reservoirSlots<Values>(0, rowSize)
        slots.load(saved.slots[k])
        classes.set(label, slots)
      })
      chance.load(saved.chance)
    },
    bytes: () => bytesOf(save()),
  }
}
