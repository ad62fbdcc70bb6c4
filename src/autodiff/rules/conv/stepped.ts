import type { Emit } from '../../emit.ts'
import type { Ref } from '../../network.ts'

/** Along one axis, `count` entries from `start` on, each `step`-th. */
export function stepped(emit: Emit, x: Ref, axis: number, start: number, count: number, step: number): Ref {
  if (step === 1 || count === 1) return emit.Slice(x, axis, start, start + count)
  const end = start + (count - 1) * step + 1
  return emit.call(
    'Slice',
    [x, emit.ints([start]), emit.ints([end]), emit.ints([axis]), emit.ints([step])],
    [{ dims: x.dims.with(axis, count) }],
  )[0]
}
