import { sizeOf } from '../../../tensor/index.ts'
import type { Emit } from '../../emit.ts'
import type { Ref } from '../../network.ts'

/** A map [N, C, …] with its channels last, [N, HW, C]; `zeros` adds a row of zeros behind the pixels. */
export function pixelRows(emit: Emit, x: Ref, zeros: 0 | 1 = 0): Ref {
  const [batch, channels, ...map] = x.dims
  const rows = emit.Transpose(emit.Reshape(x, [batch, channels, sizeOf(map)]), [0, 2, 1])
  return emit.Pad(rows, [0, 0, 0], [0, zeros, 0])
}

/** Rows [N, HW, C] as a map of these sizes again: [N, C, …map]. */
export function mapOfRows(emit: Emit, rows: Ref, map: readonly number[]): Ref {
  const [batch, , channels] = rows.dims
  return emit.Reshape(emit.Transpose(rows, [0, 2, 1]), [batch, channels, ...map])
}
