import { axisOf, integersOf } from './axes.ts'
import type { Ref } from './network.ts'
import { resizeMatrix } from './resize-matrix.ts'
import type { RuleContext } from './rule.ts'

/** An axis that a Resize changes, and the matrix [to × from], row-major, by which it multiplies each of its lines. */
export interface ResizedAxis {
  readonly axis: number
  readonly from: number
  readonly to: number
  readonly matrix: Float32Array
}

/** What is read of a Resize node: its inputs, the constants among them, its attributes. */
export type ResizeNode = Pick<RuleContext, 'inputs' | 'constant' | 'attribute'>

/**
 * A Resize as one matrix an axis that changes size; an axis that keeps its size is left alone, as the runtime leaves
 * it. A string says why it can't be written so.
 */
export function resizedAxes(node: ResizeNode, made: Ref): readonly ResizedAxis[] | string {
  const { inputs, attribute } = node
  const X = inputs[0]!
  const scales = scalesOf(node, made)
  if (typeof scales === 'string') return scales
  const shared = {
    mode: attribute<string>('mode', 'nearest'),
    coordinates: attribute('coordinate_transformation_mode', 'half_pixel'),
    nearestMode: attribute('nearest_mode', 'round_prefer_floor'),
    cubicCoefficient: attribute('cubic_coeff_a', -0.75),
    excludeOutside: attribute<number>('exclude_outside', 0) === 1,
    antialias: attribute<number>('antialias', 0) === 1,
  }
  const axes: ResizedAxis[] = []
  for (const [axis, from] of X.dims.entries()) {
    const to = made.dims[axis]
    if (to === from) continue
    const matrix = resizeMatrix({ ...shared, from, to, scale: scales[axis] })
    if (matrix === undefined) return `it resizes by ${shared.mode} and ${shared.coordinates}`
    axes.push({ axis, from, to, matrix })
  }
  return axes
}

/** The scale of every axis, as the runtime takes it: as given, or the ratio of the sizes. */
function scalesOf({ inputs, constant, attribute }: ResizeNode, made: Ref): number[] | string {
  const X = inputs[0]!
  const ratios = X.dims.map((from, axis) => made.dims[axis] / from)
  const given = inputs[2]
  const chosen = attribute<readonly number[]>(
    'axes',
    X.dims.map((_, axis) => axis),
  ).map((axis) => axisOf(axis, X.dims.length))
  if (given === undefined || given.dims[0] === 0) {
    const policy = attribute<string>('keep_aspect_ratio_policy', 'stretch')
    if (policy === 'stretch') return ratios
    const sizes = constant(inputs[3])
    if (sizes === undefined) return 'its sizes are computed, not constants'
    const wanted = integersOf(sizes).map((size, i) => size / X.dims[chosen[i]])
    const scale = policy === 'not_larger' ? Math.min(...wanted) : Math.max(...wanted)
    return X.dims.map((_, axis) => (chosen.includes(axis) ? scale : 1))
  }
  const table = constant(given)
  if (table === undefined) return 'its scales are computed, not constants'
  const scales = X.dims.map(() => 1)
  chosen.forEach((axis, i) => {
    scales[axis] = Number(table.data[i])
  })
  return scales
}
