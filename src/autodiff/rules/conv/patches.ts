import { sizeOf } from '../../../tensor/index.ts'
import type { Emit } from '../../emit.ts'
import type { Ref } from '../../network.ts'
import type { Convolution } from './convolution.ts'
import { pixelRows } from './pixel-rows.ts'

/** dX where the windows tile the map (patches of a ViT): each tile is one row of a product. */
export function inputOfPatches(emit: Emit, convolution: Convolution, w: Ref, d: Ref): Ref {
  const { batch, channels, outChannels, input, output, kernel } = convolution
  const rows = emit.Reshape(pixelRows(emit, d), [batch * sizeOf(output), outChannels])
  const patches = emit.Gemm(rows, emit.Reshape(w, [outChannels, channels * sizeOf(kernel)]))
  // [N, …output, C, …kernel] to [N, C, output, kernel, output, kernel …]
  const rank = kernel.length
  const perm = [0, rank + 1, ...kernel.flatMap((_, axis) => [axis + 1, rank + 2 + axis])]
  const tiled = emit.Transpose(emit.Reshape(patches, [batch, ...output, channels, ...kernel]), perm)
  return emit.Reshape(tiled, [batch, channels, ...input])
}

/** dW where the windows tile the map: the patches as rows, and one product. */
export function weightOfPatches(emit: Emit, convolution: Convolution, x: Ref, d: Ref): Ref {
  const { batch, channels, outChannels, output, kernel } = convolution
  const tiled = emit.Reshape(x, [batch, channels, ...output.flatMap((size, axis) => [size, kernel[axis]])])
  // [N, C, output, kernel, output, kernel …] to [N, …output, C, …kernel]
  const perm = [0, ...kernel.map((_, axis) => 2 + 2 * axis), 1, ...kernel.map((_, axis) => 3 + 2 * axis)]
  const count = batch * sizeOf(output)
  const patches = emit.Reshape(emit.Transpose(tiled, perm), [count, channels * sizeOf(kernel)])
  const rows = emit.Reshape(pixelRows(emit, d), [count, outChannels])
  return emit.Reshape(emit.Gemm(rows, patches, { transA: true }), [outChannels, channels, ...kernel])
}
