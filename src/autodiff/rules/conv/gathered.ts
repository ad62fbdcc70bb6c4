import { sizeOf } from '../../../tensor/index.ts'
import type { Emit } from '../../emit.ts'
import type { Ref } from '../../network.ts'
import { readings } from '../../window.ts'
import type { Convolution } from './convolution.ts'
import { mapOfRows, pixelRows } from './pixel-rows.ts'

/** dX of small maps: for each input pixel the gradients of all that read it, one Gather, and one product. */
export function inputByGather(emit: Emit, convolution: Convolution, w: Ref, d: Ref): Ref {
  const { batch, channels, outChannels, input, output, kernel } = convolution
  const [pixels, outputs, places] = [sizeOf(input), sizeOf(output), sizeOf(kernel)]
  const readers = Array<number>(pixels * places).fill(outputs) // the row of zeros, unless it is read
  for (const [row, pixel] of readings(convolution).entries()) {
    if (pixel >= 0) readers[pixel * places + (row % places)] = Math.floor(row / places)
  }
  const table = emit.constant({ type: 'int64', dims: [pixels, places], data: readers })
  const columns = emit.Reshape(emit.Gather(pixelRows(emit, d, 1), table, 1), [
    batch * pixels,
    places * outChannels,
  ])
  // [O, C, K] to [O, K, C], which the forward pass made too, and then whole rows to [K, O, C]
  const byPlace = emit.Transpose(emit.Reshape(w, [outChannels, channels, places]), [0, 2, 1])
  const turned = emit.Transpose(byPlace, [1, 0, 2])
  const rows = emit.Gemm(columns, emit.Reshape(turned, [places * outChannels, channels]))
  return mapOfRows(emit, emit.Reshape(rows, [batch, pixels, channels]), input)
}

/** The forward pass of small maps, without a bias: what each output pixel reads, one Gather, and one product. */
export function outputByGather(emit: Emit, convolution: Convolution, w: Ref, x: Ref): Ref {
  const { batch, channels, outChannels, output, kernel } = convolution
  const [outputs, places] = [sizeOf(output), sizeOf(kernel)]
  const filters = emit.Transpose(emit.Reshape(w, [outChannels, channels, places]), [0, 2, 1])
  const rows = emit.Gemm(
    patches(emit, convolution, x),
    emit.Reshape(filters, [outChannels, places * channels]),
    {
      transB: true,
    },
  )
  return mapOfRows(emit, emit.Reshape(rows, [batch, outputs, outChannels]), output)
}

/** dW of smaller maps: what each output pixel read, and one product with d. */
export function weightByGather(emit: Emit, convolution: Convolution, x: Ref, d: Ref): Ref {
  const { batch, channels, outChannels, output, kernel } = convolution
  const [outputs, places] = [sizeOf(output), sizeOf(kernel)]
  const rows = emit.Reshape(pixelRows(emit, d), [batch * outputs, outChannels])
  // d'·patches and not patches'·d: [O, K, C] to [O, C, K] moves one axis, [K, C, O] would be reversed
  const product = emit.Gemm(rows, patches(emit, convolution, x), { transA: true })
  const sum = emit.Reshape(product, [outChannels, places, channels])
  return emit.Reshape(emit.Transpose(sum, [0, 2, 1]), [outChannels, channels, ...kernel])
}

/** What each output pixel reads, by one Gather with a constant table: [N · Q, K · C]. */
function patches(emit: Emit, convolution: Convolution, x: Ref): Ref {
  const { batch, channels, input, output, kernel } = convolution
  const [pixels, outputs, places] = [sizeOf(input), sizeOf(output), sizeOf(kernel)]
  const read = Array.from(readings(convolution), (pixel) => (pixel < 0 ? pixels : pixel))
  const table = emit.constant({ type: 'int64', dims: [outputs, places], data: read })
  const gathered = emit.Gather(pixelRows(emit, x, 1), table, 1)
  return emit.Reshape(gathered, [batch * outputs, places * channels])
}
