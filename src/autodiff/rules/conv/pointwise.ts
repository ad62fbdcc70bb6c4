import { sizeOf } from '../../../tensor/index.ts'
import type { Emit } from '../../emit.ts'
import type { Ref } from '../../network.ts'
import type { Convolution } from './convolution.ts'
import { stepped } from './stepped.ts'

/** From this many pixels on, a product an example is faster than transposing for one product of all. */
const batchedFrom = 64

/** dX of a 1 × 1 convolution of stride 1: d under the transposed weights. */
export function inputOfPointwise(emit: Emit, convolution: Convolution, w: Ref, d: Ref): Ref {
  const { batch, channels, outChannels, groups, input, kernel } = convolution
  const [each, outEach] = [channels / groups, outChannels / groups]
  const turned = emit.Transpose(emit.Reshape(w, [groups, outEach, each]), [0, 2, 1])
  const filters = emit.Reshape(turned, [channels, outEach, ...kernel])
  const attributes = { kernel_shape: kernel, group: groups }
  return emit.call('Conv', [d, filters], [{ dims: [batch, channels, ...input] }], attributes)[0]
}

/** dW of a 1 × 1 convolution: dᵀ·x over the pixels that the stride takes. */
export function weightOfPointwise(emit: Emit, convolution: Convolution, x: Ref, d: Ref): Ref {
  const { batch, channels, outChannels, groups, output, kernel, strides } = convolution
  const [each, outEach, pixels] = [channels / groups, outChannels / groups, sizeOf(output)]
  let taken = x
  for (const [axis, stride] of strides.entries())
    taken = stepped(emit, taken, axis + 2, 0, output[axis], stride)

  const dims = [outChannels, each, ...kernel]
  if (groups === 1 && pixels < batchedFrom) {
    const columns = (map: Ref, count: number) =>
      emit.Reshape(emit.Transpose(emit.Reshape(map, [batch, count, pixels]), [1, 0, 2]), [
        count,
        batch * pixels,
      ])
    const sum = emit.Gemm(columns(d, outChannels), columns(taken, channels), { transB: true })
    return emit.Reshape(sum, dims)
  }
  const products = emit.FusedMatMul(
    emit.Reshape(d, [batch, groups, outEach, pixels]),
    emit.Reshape(taken, [batch, groups, each, pixels]),
    { transB: true },
  )
  return emit.Reshape(emit.ReduceSum(products, [0], false), dims)
}
