import type { Chance } from '../tensor/index.ts'
import { bufferOf, checkCapacity, type ExemplarBuffer } from './exemplar-buffer.ts'
import type { PartState, RowValues } from './method.ts'
import { newest } from './shares.ts'

/**
 * First in, first out: the newest examples and no others, whatever their class.
 *
 * Bytes  capacity × (rowSize × 1 for pictures or 4 for embeddings, + 4) when full.
 * @throws buffer-size unless the capacity is a whole number, 0 or more.
 * @source The replay of Cai et al., "Online Continual Learning with Natural Distribution Shifts", ICCV 2021.
 *   arXiv:2108.09020
 */
export function fifo<Values extends RowValues = RowValues>(
  capacity: number,
  rowSize: number,
  chance: Chance,
): ExemplarBuffer<Values> {
  checkCapacity(capacity)
  const share = newest<Values>(capacity, rowSize)
  return bufferOf(
    { name: 'fifo', capacity, rowSize, chance },
    {
      sets: () => [share.slots],
      offer: (from, at) => share.offer(from, at, chance),
      save: () => ({ slots: share.save() }),
      load: (state) => share.load((state as { slots: PartState }).slots),
    },
  )
}
