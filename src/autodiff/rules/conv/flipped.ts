import { sizeOf } from '../../../tensor/index.ts'
import type { Emit } from '../../emit.ts'
import type { Ref } from '../../network.ts'
import { isStrided } from '../../window.ts'
import type { Convolution } from './convolution.ts'

/** Stride 1, and no more padding than the kernel reaches. */
export function isFlippable(convolution: Convolution): boolean {
  return !isStrided(convolution) && turnedPads(convolution).every((pad) => pad >= 0)
}

/** dX of stride 1: d under the kernel turned by 180°, its channels swapped within each group. */
export function inputByFlippedConv(emit: Emit, convolution: Convolution, w: Ref, d: Ref): Ref {
  const { batch, channels, outChannels, groups, input, kernel, dilations } = convolution
  const [each, outEach, places] = [channels / groups, outChannels / groups, sizeOf(kernel)]
  const grouped = emit.Reshape(w, [groups, outEach, each, places])
  // Where one of the two axes is 1, swapping them moves nothing.
  const swapped = each === 1 || outEach === 1 ? grouped : emit.Transpose(grouped, [0, 2, 1, 3])
  // A product with a reversal matrix is 4 to 8 times faster than a slice of step -1.
  const rows = emit.Reshape(swapped, [channels * outEach, places])
  const flipped = emit.Gemm(rows, reversal(emit, places))
  const pads = turnedPads(convolution)
  const attributes = { kernel_shape: kernel, dilations, pads, group: groups }
  const turned = emit.Reshape(flipped, [channels, outEach, ...kernel])
  return emit.call('Conv', [d, turned], [{ dims: [batch, channels, ...input] }], attributes)[0]
}

function turnedPads({ kernel, dilations, before, after }: Convolution): number[] {
  const reach = kernel.map((size, axis) => (size - 1) * dilations[axis])
  return [...before.map((pad, axis) => reach[axis] - pad), ...after.map((pad, axis) => reach[axis] - pad)]
}

function reversal(emit: Emit, size: number): Ref {
  const data = new Float32Array(size * size)
  for (let i = 0; i < size; i++) data[i * size + size - 1 - i] = 1
  return emit.constant({ type: 'float32', dims: [size, size], data })
}
