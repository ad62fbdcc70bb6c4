import { sizeOf } from '../../../tensor/index.ts'
import type { Emit } from '../../emit.ts'
import type { Ref } from '../../network.ts'
import { isPointwise, isStrided, tiles } from '../../window.ts'
import { inputByColumns } from './columns.ts'
import { type Convolution, isDepthwise } from './convolution.ts'
import { inputByFlippedConv, isFlippable } from './flipped.ts'
import { inputByGather } from './gathered.ts'
import { inputOfPatches } from './patches.ts'
import { inputOfPointwise } from './pointwise.ts'
import { inputByToeplitz } from './toeplitz.ts'
import { inputByConvTranspose } from './transposed.ts'

/** Largest maps, in pixels, on which a form was measured to win. */
const limits = { gather: 49, columns: 144, toeplitz: 1300 }

/** dX of a convolution, [N, C, …input]: of the forms that can say it, the one that was measured fastest. */
export function inputGradient(emit: Emit, convolution: Convolution, w: Ref, d: Ref): Ref {
  const { input, output, groups } = convolution
  const pixels = sizeOf(input)
  const form = () => {
    if (isPointwise(convolution) && !isStrided(convolution)) return inputOfPointwise
    if (isDepthwise(convolution)) {
      if (pixels * sizeOf(output) <= limits.toeplitz) return inputByToeplitz
      return isFlippable(convolution) ? inputByFlippedConv : inputByConvTranspose
    }
    if (groups === 1) {
      if (tiles(convolution)) return inputOfPatches
      if (!isStrided(convolution) && pixels <= limits.gather) return inputByGather
      if (isStrided(convolution) && pixels <= limits.columns) return inputByColumns
    }
    return isFlippable(convolution) ? inputByFlippedConv : inputByConvTranspose
  }
  return form()(emit, convolution, w, d)
}
