import type { Chance } from '../tensor/index.ts'
import type { ExemplarBuffer } from './exemplar-buffer.ts'
import type { RowValues } from './method.ts'
import { sharedByClass } from './shared-by-class.ts'
import { sample } from './shares.ts'

/**
 * A buffer shared equally by the classes seen so far: each keeps a reservoir of its own examples.
 *
 * The k-th class to appear (k = 0 … K − 1) has ⌈(capacity − k) / K⌉ slots, so shares differ by one at most, the
 * earlier classes have the larger ones, and a share only shrinks as classes appear; what it gives up is drawn
 * by lot. With fewer slots than classes the latest classes have none: they are learned and never replayed.
 * The capacity is the total, not per class; of capacity 0 nothing is kept.
 *
 * Bytes  at most capacity × (rowSize × 1 for pictures or 4 for embeddings, + 4), and 20 a class.
 * @throws buffer-size unless the capacity is a whole number, 0 or more.
 * @source Avalanche's ClassBalancedBuffer with `adaptive_size`: Carta et al., JMLR 2023. arXiv:2302.01766
 */
export function classBalanced<Values extends RowValues = RowValues>(
  capacity: number,
  rowSize: number,
  chance: Chance,
): ExemplarBuffer<Values> {
  return sharedByClass('classBalanced', sample, { capacity, rowSize, chance })
}
