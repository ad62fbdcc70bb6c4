import { sizeOf } from '../../../tensor/index.ts'
import type { Emit } from '../../emit.ts'
import type { Ref } from '../../network.ts'
import { readings } from '../../window.ts'
import type { Convolution } from './convolution.ts'

/** The forward pass of depthwise convolutions on small maps, without a bias: one product a channel. */
export function outputByToeplitz(emit: Emit, convolution: Convolution, w: Ref, x: Ref): Ref {
  const { batch, channels, input, output } = convolution
  const rows = emit.Transpose(emit.Reshape(x, [batch, channels, sizeOf(input)]), [1, 0, 2])
  const product = emit.FusedMatMul(rows, matrices(emit, convolution, w), {})
  return emit.Reshape(emit.Transpose(product, [1, 0, 2]), [batch, channels, ...output])
}

/** dX of depthwise convolutions on small maps: one product a channel. */
export function inputByToeplitz(emit: Emit, convolution: Convolution, w: Ref, d: Ref): Ref {
  const { batch, channels, input, output } = convolution
  const rows = emit.Transpose(emit.Reshape(d, [batch, channels, sizeOf(output)]), [1, 0, 2])
  const product = emit.FusedMatMul(rows, matrices(emit, convolution, w), { transB: true })
  return emit.Reshape(emit.Transpose(product, [1, 0, 2]), [batch, channels, ...input])
}

/** dW of depthwise convolutions on smaller maps: all products of an input and an output pixel, summed by place. */
export function weightByToeplitz(emit: Emit, convolution: Convolution, x: Ref, d: Ref): Ref {
  const { batch, channels, input, output, kernel } = convolution
  const [pixels, outputs] = [sizeOf(input), sizeOf(output)]
  const byChannel = (map: Ref, size: number) =>
    emit.Transpose(emit.Reshape(map, [batch, channels, size]), [1, 0, 2])
  const pairs = emit.FusedMatMul(byChannel(x, pixels), byChannel(d, outputs), { transA: true })
  const sum = emit.Gemm(emit.Reshape(pairs, [channels, pixels * outputs]), joins(emit, convolution))
  return emit.Reshape(sum, [channels, 1, ...kernel])
}

/** Each channel's filter written out as the matrix that it is: [C, HW, Q]. */
function matrices(emit: Emit, convolution: Convolution, w: Ref): Ref {
  const { channels, input, output, kernel } = convolution
  const filters = emit.Reshape(w, [channels, sizeOf(kernel)])
  const written = emit.Gemm(filters, joins(emit, convolution), { transB: true })
  return emit.Reshape(written, [channels, sizeOf(input), sizeOf(output)])
}

/** Which weight joins which pixels: 0 or 1, [HW · Q, K]. */
function joins(emit: Emit, convolution: Convolution): Ref {
  const { input, output, kernel } = convolution
  const [pixels, outputs, places] = [sizeOf(input), sizeOf(output), sizeOf(kernel)]
  const data = new Float32Array(pixels * outputs * places)
  for (const [row, pixel] of readings(convolution).entries()) {
    const [out, place] = [Math.floor(row / places), row % places]
    if (pixel >= 0) data[(pixel * outputs + out) * places + place] = 1
  }
  return emit.constant({ type: 'float32', dims: [pixels * outputs, places], data })
}
