import { axisOf, integersOf } from '../axes.ts'
import type { Emit } from '../emit.ts'
import { gatheredBack } from '../gathered-back.ts'
import type { Ref } from '../network.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = X with a border     dX = the inside of dY, and what a copied border gives back     d value = the sum of the border
 *
 * Modes `constant` (pads may be negative: a crop), `reflect`, `edge` and `wrap`: each of the last three reads its
 * border from X, so its gradient is that of a Gather along each axis.
 * @throws unsupported-gradient, naming the node, when the pads are computed, or negative in a mode that copies.
 * @source ONNX Pad-19.
 */
export const pad = defineRule('Pad', ({ inputs, dY, emit, constant, attribute, refuse }) => {
  const X = inputs[0]!
  const rank = X.dims.length
  const table = constant(inputs[1])
  const axesTable = constant(inputs[3])
  if (table === undefined || (inputs[3] !== undefined && axesTable === undefined)) {
    return refuse('its pads are computed, not constants')
  }
  const pads = integersOf(table)
  const axes = axesTable === undefined ? X.dims.map((_, axis) => axis) : integersOf(axesTable)
  const before = X.dims.map(() => 0)
  const after = X.dims.map(() => 0)
  axes.forEach((given, i) => {
    const axis = axisOf(given, rank)
    before[axis] = pads[i]
    after[axis] = pads[i + axes.length]
  })

  const mode = attribute<string>('mode', 'constant')
  if (mode === 'constant') {
    const dX = cropped(emit, dY, before, after)
    return [dX, undefined, inputs[2] && borderSum(emit, dY, dX, inputs[2]), undefined]
  }
  const read = sources[mode]
  if (read === undefined) return refuse(`its mode is ${mode}`)
  if (pads.some((size) => size < 0)) return refuse(`its pads are negative in the mode ${mode}`)
  let d = dY
  X.dims.forEach((size, axis) => {
    if (before[axis] === 0 && after[axis] === 0) return
    const indices = Array.from({ length: dY.dims[axis] }, (_, place) => read(place - before[axis], size))
    d = gatheredBack(emit, d, axis, indices, size)
  })
  return [d, undefined, undefined, undefined]
})

/** Where a place of the border (negative, or from `size` on) is read from. */
const sources: Record<string, ((place: number, size: number) => number) | undefined> = {
  edge: (place, size) => Math.max(0, Math.min(place, size - 1)),
  wrap: (place, size) => ((place % size) + size) % size,
  reflect: (place, size) => {
    const period = Math.max(1, 2 * (size - 1))
    const folded = ((place % period) + period) % period
    return folded < size ? folded : period - folded
  },
}

function cropped(emit: Emit, dY: Ref, before: readonly number[], after: readonly number[]): Ref {
  let d = dY
  dY.dims.forEach((size, axis) => {
    const start = Math.max(0, before[axis])
    const end = size - Math.max(0, after[axis])
    if (start > 0 || end < size) d = emit.Slice(d, axis, start, end)
  })
  const missing = (pads: readonly number[]) => pads.map((size) => Math.max(0, -size))
  return [...before, ...after].some((size) => size < 0) ? emit.Pad(d, missing(before), missing(after)) : d
}

/** What reaches the border is what reaches Y and not X. */
function borderSum(emit: Emit, dY: Ref, dX: Ref, value: Ref): Ref {
  const all = (x: Ref) =>
    emit.ReduceSum(
      x,
      x.dims.map((_, axis) => axis),
      false,
    )
  return emit.Reshape(emit.Sub(all(dY), all(dX)), value.dims)
}
