import type { Emit } from './emit.ts'
import type { Ref } from './network.ts'

/** Rows with mean 0 and deviation 1, and how steep that was. */
export interface NormalisedRows {
  /** [rows, n] (x − mean) · inv. */
  readonly xhat: Ref
  /** [rows, 1] 1 / √(variance + epsilon). */
  readonly inv: Ref
}

/**
 * Normalises each row of x [rows, n] anew, in one pass of the runtime's LayerNormalization: the forward pass need not
 * have kept anything but x. With a gain of ones it is spelt differently from the network's own node, or the
 * runtime would merge the two and keep the tensor after all.
 */
export function normalisedRows(emit: Emit, x: Ref, epsilon: number): NormalisedRows {
  const [rows, n] = x.dims
  const column = { type: x.type, dims: [rows, 1] }
  const [xhat, , inv] = emit.call(
    'LayerNormalization',
    [x, emit.filled([n], 1)],
    [{ type: x.type, dims: x.dims }, column, column],
    { axis: -1, epsilon },
  )
  return { xhat, inv }
}
