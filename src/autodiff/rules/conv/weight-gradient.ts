import { sizeOf } from '../../../tensor/index.ts'
import type { Emit } from '../../emit.ts'
import type { Ref } from '../../network.ts'
import { isPointwise, isStrided, tiles } from '../../window.ts'
import { type Convolution, isDepthwise } from './convolution.ts'
import { weightByGather } from './gathered.ts'
import { weightOfPatches } from './patches.ts'
import { weightOfPointwise } from './pointwise.ts'
import { weightByShifts } from './shifts.ts'
import { weightBySlices } from './slices.ts'
import { weightBySwappedConv } from './swapped.ts'
import { weightByToeplitz } from './toeplitz.ts'

/** Where a form stops winning, as measured: pixels of the output, pairs of an input and an output pixel, channels. */
const limits = { gather: 196, toeplitz: 20736, fewChannels: 4 }

/** dW of a convolution, [O, C/g, …kernel]: of the forms that can say it, the one that was measured fastest. */
export function weightGradient(emit: Emit, convolution: Convolution, x: Ref, d: Ref): Ref {
  const { input, output, channels, groups } = convolution
  const outputs = sizeOf(output)
  const form = () => {
    if (isPointwise(convolution)) return weightOfPointwise
    if (isDepthwise(convolution)) {
      if (sizeOf(input) * outputs <= limits.toeplitz) return weightByToeplitz
      return isStrided(convolution) ? weightBySwappedConv : weightByShifts
    }
    if (groups > 1) return weightBySwappedConv
    if (tiles(convolution)) return weightOfPatches
    if (outputs <= limits.gather) return weightByGather
    return channels <= limits.fewChannels ? weightBySwappedConv : weightBySlices
  }
  return form()(emit, convolution, x, d)
}
