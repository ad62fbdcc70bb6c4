import { Tensor } from '../tensor/index.ts'
import { type Entry, lengthOf, partOf } from './layout.ts'

/**
 * A flat vector that gradients are added to in place: a graph reads a sum in one node alone, the one that writes it, so
 * that (other than weights) it needs no second side.
 */
export interface Sums {
  of(entry: number): Tensor<'float32'>
  clear(): void
  /** A copy of it all. */
  flat(): Float32Array<ArrayBuffer>
  set(values: Float32Array): void
}

export function sumsOf(entries: readonly Entry[]): Sums {
  const flat = new Float32Array(lengthOf(entries))
  const tensors = entries.map(
    (entry) => new Tensor('float32', partOf(flat, entry) as Float32Array<ArrayBuffer>, entry.ref.dims),
  )
  return {
    of: (entry) => tensors[entry],
    clear: () => void flat.fill(0),
    flat: () => flat.slice(),
    set: (values) => flat.set(values),
  }
}
