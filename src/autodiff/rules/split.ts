import { axisOf, integersOf } from '../axes.ts'
import { defineRule } from '../rule.ts'

/**
 * Y₁, Y₂, … = X cut along `axis`     dX = the gradients joined, zeros for a part that has none
 *
 * Without the input `split` the parts are equal, the last one smaller where `num_outputs` does not divide the axis.
 * @throws unsupported-gradient, naming the node, when the sizes are computed and a part is unused.
 */
export const split = defineRule('Split', (context) => {
  const { node, inputs, outputs, dOutputs, emit, constant, attribute, refuse } = context
  const X = inputs[0]!
  const axis = axisOf(attribute('axis', 0), X.dims.length)
  const table = constant(inputs[1])
  const count = node.outputs.length
  const equal = Math.ceil(X.dims[axis] / count)
  const sizes =
    table === undefined
      ? node.outputs.map((_, i) => Math.min(equal, X.dims[axis] - i * equal))
      : integersOf(table)
  const parts = sizes.map((size, i) => {
    const given = dOutputs[i]
    if (given !== undefined) return given
    if (inputs[1] !== undefined && table === undefined && outputs[i] === undefined) {
      return refuse('the sizes of its parts are computed, not a constant')
    }
    return emit.filled(outputs[i]?.dims ?? X.dims.with(axis, size), 0)
  })
  return [parts.length === 1 ? parts[0] : emit.Concat(parts, axis), undefined]
})
