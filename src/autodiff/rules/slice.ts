import { axisOf, integersOf } from '../axes.ts'
import { gatheredBack } from '../gathered-back.ts'
import type { Ref } from '../network.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = X[start : end : step, …]     dX = dY where it was read from, zeros elsewhere
 *
 * Axes of step 1 are padded back at once; other steps, negative ones too, are read back by an inverse table.
 * Negative starts and axes count from the back, starts beyond the axis are clamped; where it ends (INT64_MAX for
 * "to the end", or computed) the size of Y tells.
 * @throws unsupported-gradient, naming the node, when starts, axes or steps are computed.
 * @source ONNX Slice-13.
 */
export const slice = defineRule('Slice', ({ inputs, dY, emit, constant, refuse }) => {
  const X = inputs[0]!
  const rank = X.dims.length
  const integers = (input: Ref | undefined) => {
    const table = constant(input)
    if (input !== undefined && table === undefined) {
      return refuse('its starts, axes or steps are computed, not constants')
    }
    return table === undefined ? undefined : integersOf(table)
  }
  const starts = integers(inputs[1])
  const axes = integers(inputs[3])
  const steps = integers(inputs[4])
  const before = X.dims.map(() => 0)
  const after = X.dims.map(() => 0)
  let d = dY
  starts!.forEach((start, i) => {
    const axis = axisOf(axes?.[i] ?? i, rank)
    const size = X.dims[axis]
    const places = dY.dims[axis]
    const step = steps?.[i] ?? 1
    const first = firstIndex(start, step, size)
    if (step === 1 && places > 0) {
      before[axis] = first
      after[axis] = size - first - places
    } else {
      const indices = Array.from({ length: places }, (_, place) => first + place * step)
      d = gatheredBack(emit, d, axis, indices, size)
    }
  })
  const pads = [...before, ...after].some((pad) => pad !== 0)
  return [pads ? emit.Pad(d, before, after) : d, ...inputs.slice(1).map(() => undefined)]
})

function firstIndex(start: number, step: number, size: number): number {
  const fromFront = start < 0 ? start + size : start
  return Math.max(0, Math.min(fromFront, step < 0 ? size - 1 : size))
}
