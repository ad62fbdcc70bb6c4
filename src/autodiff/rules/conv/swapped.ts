import { sizeOf } from '../../../tensor/index.ts'
import type { Emit } from '../../emit.ts'
import type { Ref } from '../../network.ts'
import { covered, slidingAttributes } from '../../window.ts'
import type { Convolution } from './convolution.ts'

/**
 * dW as one convolution in which examples and channels change places: x as [C/g, g·N, …] under d as a kernel
 * [O, N, …output], strides and dilations exchanged. Takes every case.
 */
export function weightBySwappedConv(emit: Emit, convolution: Convolution, x: Ref, d: Ref): Ref {
  const { batch, channels, outChannels, groups, input, output, kernel, strides, dilations } = convolution
  const each = channels / groups
  const grouped = emit.Reshape(x, [batch, groups, each, sizeOf(input)])
  const maps = emit.Reshape(emit.Transpose(grouped, [2, 1, 0, 3]), [each, groups * batch, ...input])
  const turned = emit.Transpose(emit.Reshape(d, [batch, outChannels, sizeOf(output)]), [1, 0, 2])
  const filters = emit.Reshape(turned, [outChannels, batch, ...output])

  // Pixels that no output read make places beyond the kernel: they are cut off.
  const { before, after } = convolution
  const made = kernel.map((size, axis) => {
    const unread = input[axis] + before[axis] + after[axis] - covered(convolution, axis)
    return size + Math.floor(unread / dilations[axis])
  })
  const sliding = { kernel: output, strides: dilations, dilations: strides, before, after }
  let [sum] = emit.call('Conv', [maps, filters], [{ dims: [each, outChannels, ...made] }], {
    ...slidingAttributes(sliding),
    group: groups,
  })
  for (const [axis, size] of kernel.entries()) sum = emit.Slice(sum, axis + 2, 0, size)
  const flat = emit.Transpose(emit.Reshape(sum, [each, outChannels, sizeOf(kernel)]), [1, 0, 2])
  return emit.Reshape(flat, [outChannels, each, ...kernel])
}
