import { alongAxis } from '../gathered-back.ts'
import { resizedAxes } from '../resize-axes.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = X resampled along its axes, one constant matrix each     dX = dY by the transposed matrices
 *
 * Nearest, linear and cubic, antialiased or not, in any coordinates but tf_crop_and_resize; an axis that keeps its
 * size is left alone, as the runtime leaves it. A position embedding resampled in the graph is trained through it.
 * @throws unsupported-gradient, naming the node, when the scales are computed, or for tf_crop_and_resize.
 * @source ONNX Resize-19.
 */
export const resize = defineRule('Resize', (context) => {
  const { inputs, dY, emit, refuse } = context
  const axes = resizedAxes(context, dY)
  if (typeof axes === 'string') return refuse(axes)
  let d = dY
  for (const { axis, from, to, matrix } of axes) {
    const back = emit.constant({ type: 'float32', dims: [from, to], data: turned(matrix, to, from) })
    d = alongAxis(emit, back, d, axis)
  }
  return [d, ...inputs.slice(1).map(() => undefined)]
})

function turned(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(
    { length: matrix.length },
    (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)],
  )
}
