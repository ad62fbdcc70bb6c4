import { axisOf } from '../axes.ts'
import type { Ref } from '../network.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = the inputs joined along `axis`     dXᵢ = the i-th part of dY
 * @source ONNX Concat-13.
 */
export const concat = defineRule('Concat', ({ inputs, dY, emit, attribute }) => {
  const axis = axisOf(attribute('axis', 0), dY.dims.length)
  let end = 0
  return (inputs as readonly Ref[]).map((input) => {
    const start = end
    end += input.dims[axis]
    return emit.Slice(dY, axis, start, end)
  })
})
