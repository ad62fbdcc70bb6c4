/** How a Resize reads one axis: ONNX's attributes of the same names, and the sizes. */
export interface AxisResize {
  /** Sizes before and after. */
  readonly from: number
  readonly to: number
  /** As given, or to / from; the runtime computes with it in float32. */
  readonly scale: number
  readonly mode: string
  readonly coordinates: string
  readonly nearestMode: string
  readonly cubicCoefficient: number
  readonly excludeOutside: boolean
  readonly antialias: boolean
}

/**
 * The matrix [to × from] by which a Resize multiplies each line of one axis, row-major; every row sums to 1.
 *
 * `undefined` for an attribute that has no such matrix: coordinates by `tf_crop_and_resize` (they depend on a fed
 * region, and pixels outside are replaced by a number), or a word that ONNX does not know.
 * @source ONNX Resize-19, as the runtime computes it: coordinates in float32, since a rounded half decides which
 * pixel is nearest.
 */
export function resizeMatrix(resize: AxisResize): Float32Array | undefined {
  const coordinate = coordinates[resize.coordinates]
  const row = rowOf(resize)
  if (coordinate === undefined || row === undefined) return undefined
  const { from, to, scale } = resize
  const matrix = new Float32Array(to * from)
  for (let place = 0; place < to; place++) {
    const at = scale === 1 ? place : coordinate(place, f(scale), to, from)
    for (const [pixel, weight] of row(f(at), resize)) {
      matrix[place * from + Math.max(0, Math.min(pixel, from - 1))] += weight
    }
  }
  return matrix
}

const f = Math.fround

/** Where a place of the result lies between the pixels before, by `coordinate_transformation_mode`. */
const coordinates: Record<
  string,
  ((place: number, scale: number, to: number, from: number) => number) | undefined
> = {
  half_pixel: (place, scale) => f(f(place + 0.5) / scale) - 0.5,
  pytorch_half_pixel: (place, scale, to) => (to > 1 ? f(f(place + 0.5) / scale) - 0.5 : 0),
  half_pixel_symmetric: (place, scale, to, from) => {
    const adjustment = f(to / f(scale * from))
    return f((from / 2) * f(1 - adjustment)) + (place + 0.5) / scale - 0.5
  },
  align_corners: (place, _, to, from) => (to === 1 ? 0 : f(place * (from - 1)) / (to - 1)),
  asymmetric: (place, scale) => place / scale,
}

/** Pixels and their weights; a pixel outside means the nearest one inside. */
type Row = (at: number, resize: AxisResize) => [pixel: number, weight: number][]

function rowOf({ mode, antialias, nearestMode }: AxisResize): Row | undefined {
  if (mode === 'nearest') {
    const round = roundings[nearestMode]
    return round && ((at) => [[round(at), 1]])
  }
  if (mode === 'linear') return antialias ? smoothed(1, () => tent) : linear
  if (mode === 'cubic') return antialias ? smoothed(2, cubicFilter) : cubic
  return undefined
}

const roundings: Record<string, ((at: number) => number) | undefined> = {
  round_prefer_floor: (at) => Math.ceil(at - 0.5),
  round_prefer_ceil: (at) => Math.floor(at + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
}

const linear: Row = (at, { from }) => {
  const inside = Math.max(0, Math.min(at, from - 1))
  const left = Math.floor(inside)
  return [
    [left, 1 - (inside - left)],
    [left + 1, inside - left],
  ]
}

const cubic: Row = (at, resize) => {
  const filter = cubicFilter(resize)
  const first = Math.floor(at) - 1
  return normalised(
    [0, 1, 2, 3].map((i) => [first + i, filter(first + i - at)]),
    resize,
  )
}

/** Antialiased: when the picture shrinks, the filter is stretched to cover all pixels that fall together. */
function smoothed(support: number, filterOf: (resize: AxisResize) => (x: number) => number): Row {
  return (at, resize) => {
    const filter = filterOf(resize)
    const stretch = Math.max(1, f(1 / f(resize.scale)))
    const first = Math.floor(at + 1 - support * stretch)
    const end = Math.floor(at + 1 + support * stretch)
    return normalised(
      Array.from({ length: end - first }, (_, i) => [first + i, filter((first + i - at) / stretch)]),
      resize,
    )
  }
}

const tent = (x: number) => Math.max(0, 1 - Math.abs(x))

/** Keys' cubic convolution. @source Keys, "Cubic Convolution Interpolation", 1981. */
function cubicFilter({ cubicCoefficient: a }: AxisResize): (x: number) => number {
  return (x) => {
    const t = Math.abs(x)
    if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1
    return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0
  }
}

/** Weights that sum to 1; with `exclude_outside` over the pixels inside alone. */
function normalised(
  row: readonly [number, number][],
  { excludeOutside, from }: AxisResize,
): [number, number][] {
  const taken = excludeOutside ? row.filter(([pixel]) => pixel >= 0 && pixel < from) : row
  const total = taken.reduce((sum, [, weight]) => sum + weight, 0)
  return taken.map(([pixel, weight]) => [pixel, weight / total])
}
