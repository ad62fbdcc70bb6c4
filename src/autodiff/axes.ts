import type { Numbers } from '../onnx/index.ts'
import { sizeOf } from '../tensor/index.ts'

/** The whole numbers of a constant; int64 beyond 2^53 (an end "at infinity") become the nearest double. */
export function integersOf({ data }: Numbers): number[] {
  return Array.from(data as ArrayLike<number | bigint>, Number)
}

/** The axis counted from the front: -1 of rank 4 is 3. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}

/** A shape seen along one axis: the sizes before it and after it multiplied together. */
export function aroundAxis(dims: readonly number[], axis: number): { outer: number; inner: number } {
  return { outer: sizeOf(dims.slice(0, axis)), inner: sizeOf(dims.slice(axis + 1)) }
}
