import { defineRule } from '../rule.ts'
import { transposed } from '../transposed.ts'

/**
 * Y = X with its axes in the order of `perm`     dX = dY with its axes put back
 * @source ONNX Transpose-13.
 */
export const transpose = defineRule('Transpose', ({ inputs: [X], dY, emit, attribute }) => {
  const perm = attribute<readonly number[]>('perm', X!.dims.map((_, axis) => axis).reverse()).map(Number)
  const back = perm.map((_, axis) => perm.indexOf(axis))
  return [transposed(emit, dY, back)]
})
