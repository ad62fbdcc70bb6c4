import type { Chance } from '../tensor/index.ts'
import type { ExemplarBuffer } from './exemplar-buffer.ts'
import type { RowValues } from './method.ts'
import { sharedByClass } from './shared-by-class.ts'
import { newest } from './shares.ts'

/**
 * A buffer shared equally by the classes seen so far, each of which keeps its newest examples in a ring. Shares are
 * those of `classBalanced`; what one gives up are its oldest.
 *
 * Bytes  at most capacity × (rowSize × 1 for pictures or 4 for embeddings, + 4), and 20 a class.
 * @throws buffer-size unless the capacity is a whole number, 0 or more.
 * @source ER-Ring of Chaudhry et al., "On Tiny Episodic Memories in Continual Learning", 2019. arXiv:1902.10486; there
 *   the number of classes is known beforehand.
 */
export function ring<Values extends RowValues = RowValues>(
  capacity: number,
  rowSize: number,
  chance: Chance,
): ExemplarBuffer<Values> {
  return sharedByClass('ring', newest, { capacity, rowSize, chance })
}
