import type { Emit } from '../../emit.ts'
import type { Ref } from '../../network.ts'
import { covered, slidingAttributes } from '../../window.ts'
import type { Convolution } from './convolution.ts'

/** dX by definition: each gradient lays the kernel down where it was read. Takes every case. */
export function inputByConvTranspose(emit: Emit, convolution: Convolution, w: Ref, d: Ref): Ref {
  const { batch, channels, groups, input, before, after } = convolution
  // Pixels behind the last window, which no output read: the transposed convolution would not make them.
  const unread = input.map((size, axis) => size + before[axis] + after[axis] - covered(convolution, axis))
  const attributes = { ...slidingAttributes(convolution), group: groups, output_padding: unread }
  return emit.call('ConvTranspose', [d, w], [{ dims: [batch, channels, ...input] }], attributes)[0]
}
