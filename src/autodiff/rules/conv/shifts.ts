import { sizeOf } from '../../../tensor/index.ts'
import type { Emit } from '../../emit.ts'
import type { Ref } from '../../network.ts'
import type { Convolution } from './convolution.ts'

/**
 * dW of depthwise convolutions of stride 1 on larger maps: dot products of d with shifted copies of x. Only the
 * inner axes are copied, once a shift; in such a copy a shift of whole rows is one contiguous slice.
 */
export function weightByShifts(emit: Emit, convolution: Convolution, x: Ref, d: Ref): Ref {
  const { batch, channels, output, kernel, dilations, before, after } = convolution
  const [images, pixels, places] = [batch * channels, sizeOf(output), sizeOf(kernel)]
  const rows = emit.Reshape(d, [images, 1, pixels])
  const padded = emit.Pad(x, [0, 0, ...before], [0, 0, ...after])
  let copies = [emit.Reshape(padded, [images, ...padded.dims.slice(2)])]
  for (let axis = 1; axis < kernel.length; axis++) {
    copies = copies.flatMap((copy) =>
      shifts(kernel[axis], dilations[axis]).map((start) =>
        emit.Slice(copy, axis + 1, start, start + output[axis]),
      ),
    )
  }
  const row = sizeOf(output.slice(1))
  const flat = copies.map((copy) => emit.Reshape(copy, [images, 1, copy.dims[1] * row]))
  const dots = shifts(kernel[0], dilations[0]).flatMap((start) =>
    flat.map((copy) =>
      emit.FusedMatMul(emit.Slice(copy, 2, start * row, start * row + pixels), rows, { transB: true }),
    ),
  )
  const all = emit.Reshape(emit.Concat(dots, 2), [batch, channels * places])
  return emit.Reshape(emit.unbroadcast(all, [channels * places]), [channels, 1, ...kernel])
}

function shifts(size: number, dilation: number): number[] {
  return Array.from({ length: size }, (_, place) => place * dilation)
}
