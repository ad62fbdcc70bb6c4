import type { Chance } from '../tensor/index.ts'
import { bufferOf, checkCapacity, type ExemplarBuffer } from './exemplar-buffer.ts'
import type { PartState, RowValues } from './method.ts'
import { exemplarSlots } from './slots.ts'
import { largestOf, slotsByClass } from './slots-by-class.ts'

/**
 * A balanced reservoir: an example comes in as in a reservoir, or surely if its class has fewer exemplars than the
 * median of the classes kept; and what it overwrites is one of the largest class, by lot.
 *
 * Of several largest classes that whose first exemplar lies first gives way. With a single class it is a reservoir.
 *
 * Bytes  capacity × (rowSize × 1 for pictures or 4 for embeddings, + 4) when full.
 * @throws buffer-size unless the capacity is a whole number, 0 or more.
 * @source Buzzega et al., "Rethinking Experience Replay: a Bag of Tricks for Continual Learning", ICPR 2020.
 *   arXiv:2010.05595; with the second rule of Mammoth's `balancoir`.
 */
export function balancoir<Values extends RowValues = RowValues>(
  capacity: number,
  rowSize: number,
  chance: Chance,
): ExemplarBuffer<Values> {
  checkCapacity(capacity)
  const slots = exemplarSlots<Values>(capacity, rowSize)
  let offered = 0
  return bufferOf(
    { name: 'balancoir', capacity, rowSize, chance },
    {
      sets: () => [slots],
      offer(from, at) {
        const before = offered++
        if (capacity === 0) return
        if (slots.length < capacity) return slots.put(slots.length, from, at)
        const classes = slotsByClass(slots)
        const own = classes.get(from.labels[at])?.length ?? 0
        const admitted = chance.below(before + 1) < capacity || own < median(classes.values())
        if (!admitted) return
        const largest = largestOf(classes)
        slots.put(largest[chance.below(largest.length)], from, at)
      },
      save: () => ({ offered, slots: slots.save() }),
      load(state) {
        const saved = state as { offered: number; slots: PartState }
        offered = saved.offered
        slots.load(saved.slots)
      },
    },
  )
}

function median(classes: Iterable<readonly number[]>): number {
  const sizes = Array.from(classes, ({ length }) => length).sort((a, b) => a - b)
  const middle = sizes.length / 2
  return (sizes[Math.ceil(middle) - 1] + sizes[Math.floor(middle)]) / 2
}
