import type { Chance } from '../tensor/index.ts'
import { bufferOf, checkCapacity, type ExemplarBuffer } from './exemplar-buffer.ts'
import type { PartState, RowValues } from './method.ts'
import { sample } from './shares.ts'

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
  const share = sample<Values>(capacity, rowSize)
  return bufferOf(
    { name: 'reservoir', capacity, rowSize, chance, isUniform: true },
    {
      sets: () => [share.slots],
      offer: (from, at) => share.offer(from, at, chance),
      save: () => ({ slots: share.save() }),
      load: (state) => share.load((state as { slots: PartState }).slots),
    },
  )
}
