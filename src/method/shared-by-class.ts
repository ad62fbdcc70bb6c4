import type { Chance } from '../tensor/index.ts'
import { bufferOf, checkCapacity, type ExemplarBuffer } from './exemplar-buffer.ts'
import type { PartState, RowValues } from './method.ts'
import type { MakeShare, Share } from './shares.ts'

/**
 * A buffer shared equally by the classes seen so far, each of which keeps its own as `made` says.
 *
 * The k-th class to appear (k = 0 … K − 1) has ⌈(capacity − k) / K⌉ slots, so shares differ by one at most, the
 * earlier classes have the larger ones, and a share only shrinks as classes appear.
 */
export function sharedByClass<Values extends RowValues>(
  name: string,
  made: MakeShare,
  { capacity, rowSize, chance }: { capacity: number; rowSize: number; chance: Chance },
): ExemplarBuffer<Values> {
  checkCapacity(capacity)
  // A Map goes through its classes in order of appearance, which is what decides the shares.
  let classes = new Map<number, Share<Values>>()
  const room = (k: number, total: number) => Math.max(0, Math.ceil((capacity - k) / total))
  const appear = (label: number): void => {
    const total = classes.size + 1
    let k = 0
    for (const share of classes.values()) share.shrink(room(k++, total), chance)
    classes.set(label, made<Values>(room(k, total), rowSize))
  }
  return bufferOf(
    { name, capacity, rowSize, chance },
    {
      sets: () => Array.from(classes.values(), ({ slots }) => slots),
      // All classes of a batch appear before any of it is kept: none of them takes room that another then loses.
      arrive(labels) {
        for (const label of labels) if (!classes.has(label)) appear(label)
      },
      offer: (from, at) => classes.get(from.labels[at])!.offer(from, at, chance),
      save: () => ({
        labels: Int32Array.from(classes.keys()),
        slots: Array.from(classes.values(), (share) => share.save()),
      }),
      load(state) {
        const saved = state as { labels: Int32Array; slots: PartState[] }
        classes = new Map()
        saved.labels.forEach((label, k) => {
          const share = made<Values>(0, rowSize)
          share.load(saved.slots[k])
          classes.set(label, share)
        })
      },
    },
  )
}
