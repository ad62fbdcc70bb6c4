import { sizeOf } from '../../../tensor/index.ts'
import type { Emit } from '../../emit.ts'
import type { Ref } from '../../network.ts'
import type { Convolution } from './convolution.ts'
import { stepped } from './stepped.ts'

/** dW of larger maps: for each kernel place the slice of x that it read, times d. */
export function weightBySlices(emit: Emit, convolution: Convolution, x: Ref, d: Ref): Ref {
  const { batch, channels, outChannels, output, kernel, strides, dilations, before, after } = convolution
  const pixels = sizeOf(output)
  const rows = emit.Reshape(d, [batch, outChannels, pixels])
  let slices = [emit.Pad(x, [0, 0, ...before], [0, 0, ...after])]
  for (const axis of kernel.keys()) {
    slices = slices.flatMap((slice) =>
      Array.from({ length: kernel[axis] }, (_, place) =>
        stepped(emit, slice, axis + 2, place * dilations[axis], output[axis], strides[axis]),
      ),
    )
  }
  const sums = slices.map((slice) => {
    const products = emit.FusedMatMul(rows, emit.Reshape(slice, [batch, channels, pixels]), { transB: true })
    return emit.Reshape(emit.ReduceSum(products, [0], false), [1, outChannels * channels])
  })
  const turned = emit.Transpose(emit.Concat(sums, 0), [1, 0])
  return emit.Reshape(turned, [outChannels, channels, ...kernel]) // from [O · C, K]
}
