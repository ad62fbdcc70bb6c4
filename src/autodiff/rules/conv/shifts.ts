import { sizeOf } from '../../../tensor/index.ts'
import type { Emit } from '../../emit.ts'
import type { Ref } from '../../network.ts'
import type { Convolution } from './convolution.ts'
import { stepped } from './stepped.ts'

/**
 * dW of depthwise convolutions on larger maps: dot products of d with shifted copies of x. Only the inner axes are
 * copied, once a shift; in such a copy a shift of whole rows is one contiguous slice.
 */
export function weightByShifts(emit: Emit, convolution: Convolution, x: Ref, d: Ref): Ref {
  const { batch, channels, output, kernel, strides, dilations, before, after } = convolution
  const [images, pixels, places] = [batch * channels, sizeOf(output), sizeOf(kernel)]
  const rows = emit.Reshape(d, [images, 1, pixels])
  const padded = emit.Pad(x, [0, 0, ...before], [0, 0, ...after])
  let copies = [emit.Reshape(padded, [images, ...padded.dims.slice(2)])]
  for (let axis = 1; axis < kernel.length; axis++) {
    copies = copies.flatMap((copy) => shifted(emit, copy, axis, convolution))
  }
  const perRow = sizeOf(output.slice(1))
  // copies: by the places of the inner axes; each then by those of the first
  const dots = Array.from({ length: kernel[0] }, (_, place) =>
    copies.map((copy) => {
      const start = place * dilations[0]
      const slice =
        strides[0] === 1
          ? emit.Slice(
              emit.Reshape(copy, [images, 1, copy.dims[1] * perRow]),
              2,
              start * perRow,
              (start + output[0]) * perRow,
            )
          : emit.Reshape(stepped(emit, copy, 1, start, output[0], strides[0]), [images, 1, pixels])
      return emit.FusedMatMul(slice, rows, { transB: true })
    }),
  ).flat()
  const all = emit.Reshape(emit.Concat(dots, 2), [batch, channels * places])
  return emit.Reshape(emit.unbroadcast(all, [channels * places]), [channels, 1, ...kernel])
}

function shifted(
  emit: Emit,
  x: Ref,
  axis: number,
  { output, kernel, strides, dilations }: Convolution,
): Ref[] {
  return Array.from({ length: kernel[axis] }, (_, place) =>
    stepped(emit, x, axis + 1, place * dilations[axis], output[axis], strides[axis]),
  )
}
