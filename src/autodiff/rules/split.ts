import { axisOf } from '../axes.ts'
import type { Ref } from '../network.ts'
import { defineRule } from '../rule.ts'
import { zeros } from '../zeros.ts'

/**
 * Y₁, Y₂, … = X cut along `axis`     dX = the gradients joined, zeros for a part that has none
 *
 * Missing parts at the ends are padded, at once.
 * @source ONNX Split-18.
 */
export const split = defineRule('Split', ({ inputs: [X], outputs, dOutputs, emit, attribute }) => {
  const axis = axisOf(attribute('axis', 0), X!.dims.length)
  const sizes = (outputs as readonly Ref[]).map(({ dims }) => dims[axis])
  const first = dOutputs.findIndex((d) => d !== undefined)
  const end = dOutputs.findLastIndex((d) => d !== undefined) + 1
  const parts = dOutputs.slice(first, end).map((d, i) => d ?? zeros(emit, outputs[first + i]!.dims))
  const missing = (lost: readonly number[]) =>
    X!.dims.map((_, each) => (each === axis ? lost.reduce((sum, size) => sum + size, 0) : 0))
  const joined = emit.Concat(parts, axis)
  return [emit.Pad(joined, missing(sizes.slice(0, first)), missing(sizes.slice(end))), undefined]
})
