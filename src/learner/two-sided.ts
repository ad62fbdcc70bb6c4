import { Tensor } from '../tensor/index.ts'
import { type Entry, lengthOf, partOf } from './layout.ts'

/**
 * A flat vector kept twice: a step reads one side and writes the other, since a fused step that wrote over weights
 * which a node still has to read would be wrong without a word. Each entry turns by itself, so that a step which
 * leaves some alone need not copy them.
 */
export interface TwoSided {
  /** The side that holds. */
  now(entry: number): Tensor<'float32'>
  /** The side to write; `turn` makes it the one that holds. */
  next(entry: number): Tensor<'float32'>
  turn(entries: Iterable<number>): void
  /** A copy of what holds, flat. */
  flat(): Float32Array<ArrayBuffer>
  set(values: Float32Array): void
}

export function twoSided(entries: readonly Entry[], values: Float32Array): TwoSided {
  const sides = [0, 1].map(() => {
    const flat = new Float32Array(lengthOf(entries))
    return entries.map(
      (entry) => new Tensor('float32', partOf(flat, entry) as Float32Array<ArrayBuffer>, entry.ref.dims),
    )
  })
  const side = new Uint8Array(entries.length)
  const self: TwoSided = {
    now: (entry) => sides[side[entry]][entry],
    next: (entry) => sides[1 - side[entry]][entry],
    turn(turned) {
      for (const entry of turned) side[entry] = 1 - side[entry]
    },
    flat() {
      const copy = new Float32Array(lengthOf(entries))
      entries.forEach(({ offset }, i) => copy.set(self.now(i).data, offset))
      return copy
    },
    set(given) {
      entries.forEach((entry, i) => self.now(i).data.set(partOf(given, entry)))
    },
  }
  self.set(values)
  return self
}
