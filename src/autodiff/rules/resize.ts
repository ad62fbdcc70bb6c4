import { axisOf, integersOf } from '../axes.ts'
import { alongAxis } from '../gathered-back.ts'
import { type AxisResize, resizeMatrix } from '../resize-matrix.ts'
import { defineRule, type RuleContext } from '../rule.ts'

/**
 * Y = X resampled along its axes, one constant matrix each     dX = dY by the transposed matrices
 *
 * Nearest, linear and cubic, antialiased or not, in any coordinates but tf_crop_and_resize; an axis that keeps its
 * size is left alone, as the runtime leaves it. A position embedding resampled in the graph is trained through it.
 * @throws unsupported-gradient, naming the node, when the scales are computed, or for tf_crop_and_resize.
 */
export const resize = defineRule('Resize', (context) => {
  const { inputs, dY, emit, attribute, refuse } = context
  const X = inputs[0]!
  const none = inputs.slice(1).map(() => undefined)
  const scales = scalesOf(context)
  const shared = {
    mode: attribute<string>('mode', 'nearest'),
    coordinates: attribute('coordinate_transformation_mode', 'half_pixel'),
    nearestMode: attribute('nearest_mode', 'round_prefer_floor'),
    cubicCoefficient: attribute('cubic_coeff_a', -0.75),
    excludeOutside: attribute<number>('exclude_outside', 0) === 1,
    antialias: attribute<number>('antialias', 0) === 1,
  }
  let d = dY
  for (const [axis, from] of X.dims.entries()) {
    const to = dY.dims[axis]
    if (to === from) continue
    const along: AxisResize = { ...shared, from, to, scale: scales[axis] }
    const matrix = resizeMatrix(along)
    if (matrix === undefined) return refuse(`it resizes by ${shared.mode} and ${shared.coordinates}`)
    d = alongAxis(
      emit,
      emit.constant({ type: 'float32', dims: [from, to], data: turned(matrix, to, from) }),
      d,
      axis,
    )
  }
  return [d, ...none]
})

/** The scale of every axis, as the runtime takes it: as given, or the ratio of the sizes. */
function scalesOf({ inputs, dY, constant, attribute, refuse }: RuleContext): number[] {
  const X = inputs[0]!
  const ratios = X.dims.map((from, axis) => dY.dims[axis] / from)
  const given = inputs[2]
  const chosen = attribute<readonly number[]>(
    'axes',
    X.dims.map((_, axis) => axis),
  ).map((axis) => axisOf(axis, X.dims.length))
  if (given === undefined || given.dims[0] === 0) {
    const policy = attribute<string>('keep_aspect_ratio_policy', 'stretch')
    if (policy === 'stretch') return ratios
    const sizes = constant(inputs[3])
    if (sizes === undefined) return refuse('its sizes are computed, not constants')
    const wanted = integersOf(sizes).map((size, i) => size / X.dims[chosen[i]])
    const scale = policy === 'not_larger' ? Math.min(...wanted) : Math.max(...wanted)
    return X.dims.map((_, axis) => (chosen.includes(axis) ? scale : 1))
  }
  const table = constant(given)
  if (table === undefined) return refuse('its scales are computed, not constants')
  const scales = X.dims.map(() => 1)
  chosen.forEach((axis, i) => {
    scales[axis] = Number(table.data[i])
  })
  return scales
}

function turned(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(
    { length: matrix.length },
    (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)],
  )
}
