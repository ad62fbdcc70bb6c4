import type { Chance } from '../tensor/index.ts'
import { bufferOf, checkCapacity, type ExemplarBuffer } from './exemplar-buffer.ts'
import type { PartState, RowValues } from './method.ts'
import { exemplarSlots } from './slots.ts'
import { largestOf, slotsByClass } from './slots-by-class.ts'

/**
 * GDumb's greedy sampler: an example comes in as long as its class has fewer than capacity / classes seen exemplars;
 * when all slots are taken, one of the largest class, by lot, makes room. The first examples of a class stay.
 *
 * Of several largest classes that whose first exemplar lies first gives way.
 *
 * Bytes  capacity × (rowSize × 1 for pictures or 4 for embeddings, + 4) when full, and 4 a class.
 * @throws buffer-size unless the capacity is a whole number, 0 or more.
 * @source Prabhu et al., "GDumb: A Simple Approach that Questions Our Progress in Continual Learning", ECCV 2020,
 *   algorithm 1.
 */
export function greedilyBalanced<Values extends RowValues = RowValues>(
  capacity: number,
  rowSize: number,
  chance: Chance,
): ExemplarBuffer<Values> {
  checkCapacity(capacity)
  const slots = exemplarSlots<Values>(capacity, rowSize)
  let seen = new Set<number>()
  return bufferOf(
    { name: 'greedilyBalanced', capacity, rowSize, chance },
    {
      sets: () => [slots],
      offer(from, at) {
        const label = from.labels[at]
        seen.add(label)
        const classes = slotsByClass(slots)
        const own = classes.get(label)?.length ?? 0
        if (own >= capacity / seen.size) return
        if (slots.length < capacity) return slots.put(slots.length, from, at)
        const largest = largestOf(classes)
        slots.put(largest[chance.below(largest.length)], from, at)
      },
      save: () => ({ seen: Int32Array.from(seen), slots: slots.save() }),
      load(state) {
        const saved = state as { seen: Int32Array; slots: PartState }
        seen = new Set(saved.seen)
        slots.load(saved.slots)
      },
    },
  )
}
