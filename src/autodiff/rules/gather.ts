import { sizeOf } from '../../tensor/index.ts'
import { axisOf, integersOf } from '../axes.ts'
import { gatheredBack, scatteredBack } from '../gathered-back.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = X[…, indices, …]     dX = dY added up where it was read from, zeros elsewhere
 *
 * X    [a…, n, b…]   indices [i…], any rank, negative ones count from the end   Y, dY [a…, i…, b…]
 * Constant indices (a class token, a part of qkv, relative positions) become Pad, Gather or a 0/1 product; indices
 * that are fed become one scattered addition.
 * @source ONNX Gather-13.
 */
export const gather = defineRule('Gather', ({ inputs, dY, emit, constant, attribute }) => {
  const X = inputs[0]!
  const indices = inputs[1]!
  const axis = axisOf(attribute('axis', 0), X.dims.length)
  const size = X.dims[axis]
  const places = sizeOf(indices.dims)
  const d = emit.Reshape(dY, X.dims.with(axis, places))
  const table = constant(indices)
  const dX =
    table === undefined
      ? scatteredBack(emit, d, axis, indices, X.dims)
      : gatheredBack(
          emit,
          d,
          axis,
          integersOf(table).map((index) => axisOf(index, size)),
          size,
        )
  return [dX, undefined]
})
