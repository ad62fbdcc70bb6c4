import { sizeOf } from '../tensor/index.ts'
import { sameDims } from './broadcast.ts'
import type { Emit } from './emit.ts'
import type { Ref } from './network.ts'

/**
 * From this many terms a dot product is faster than a product tensor and its sum. Measured, ms for 3072 rows: 0.38 to
 * 0.15 with 64 terms, 0.40 to 0.32 with 144, equal with 197, 1.07 to 1.62 with 576.
 */
const worthwhile = 200

/**
 * The sum of a·b over the axes that `dims` lacks or has as 1: the gradient of an operand that was stretched.
 * Where the innermost axes are summed it is one dot product a row, and the product is never stored.
 *
 * a, b  of one shape or not  →  `dims`
 */
export function summedProduct(emit: Emit, a: Ref, b: Ref, dims: readonly number[]): Ref {
  const inner = innerSummed(a.dims, dims)
  const terms = sizeOf(a.dims.slice(a.dims.length - inner))
  if (!sameDims(a.dims, b.dims) || terms < worthwhile) return emit.unbroadcast(emit.Mul(a, b), dims)
  const outer = a.dims.slice(0, a.dims.length - inner)
  const rows = [sizeOf(outer), 1, terms]
  const dots = emit.FusedMatMul(emit.Reshape(a, rows), emit.Reshape(b, rows), { transB: true })
  return emit.unbroadcast(emit.Reshape(dots, [...outer, ...Array(inner).fill(1)]), dims)
}

/** How many of the last axes of `from` are summed away on the way to `to`. */
function innerSummed(from: readonly number[], to: readonly number[]): number {
  let inner = 0
  while (inner < from.length && (inner >= to.length || to[to.length - 1 - inner] === 1)) inner++
  return inner
}
