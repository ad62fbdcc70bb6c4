import { sizeOf } from '../../../tensor/index.ts'
import type { Emit } from '../../emit.ts'
import type { Ref } from '../../network.ts'
import { readings } from '../../window.ts'
import type { Convolution } from './convolution.ts'
import { mapOfRows, pixelRows } from './pixel-rows.ts'

/**
 * dX of strided convolutions: one product makes what every output pixel gives to every kernel place, then each
 * input pixel gathers the few of them that are its own.
 */
export function inputByColumns(emit: Emit, convolution: Convolution, w: Ref, d: Ref): Ref {
  const { batch, channels, outChannels, input, output, kernel } = convolution
  const [pixels, outputs, places] = [sizeOf(input), sizeOf(output), sizeOf(kernel)]
  const rows = emit.Reshape(pixelRows(emit, d, 1), [batch * (outputs + 1), outChannels])
  const filters = emit.Transpose(emit.Reshape(w, [outChannels, channels, places]), [0, 2, 1])
  const product = emit.Gemm(rows, emit.Reshape(filters, [outChannels, places * channels]))
  const columns = emit.Reshape(product, [batch, (outputs + 1) * places, channels])

  const own = Array.from({ length: pixels }, (): number[] => [])
  for (const [row, pixel] of readings(convolution).entries()) if (pixel >= 0) own[pixel].push(row)
  const most = Math.max(1, ...own.map(({ length }) => length))
  const nothing = outputs * places // the first place of the row of zeros
  const parts = Array.from({ length: most }, (_, turn) =>
    emit.Gather(columns, emit.ints(own.map((list) => list[turn] ?? nothing)), 1),
  )
  return mapOfRows(emit, parts.length === 1 ? parts[0] : emit.Sum(...parts), input)
}
