import { sizeOf } from '../tensor/index.ts'
import type { Emit } from './emit.ts'
import type { Ref } from './network.ts'

/** float32 zeros; many are stretched from one, so that they take no room in the file of the step. */
export function zeros(emit: Emit, dims: readonly number[]): Ref {
  return sizeOf(dims) <= 1024 ? emit.filled(dims, 0) : emit.Expand(emit.scalar(0), dims)
}
