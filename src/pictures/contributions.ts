export type Filter = 'nearest' | 'bilinear' | 'bicubic'

export interface Resampling {
  filter: Filter
  /** Low-pass when shrinking, as PIL always does and torch does with `antialias=True`. */
  antialias: boolean
  alignCorners: boolean
}

/** For each of `count` output samples: `taps` weights, laid over the input from `first[i]` on. */
export interface Contributions {
  count: number
  taps: number
  /** [count] */
  first: Int32Array
  /** [count] how many of the taps are meant; the others are 0. */
  used: Int32Array
  /** [count × taps] float64, each row adding up to 1. */
  weights: Float64Array
}

/**
 * Which input samples make output samples `start … start + count − 1` when `from` samples become `to`.
 *
 * Half-pixel centres: output i sits at (i + 0.5) · from / to − 0.5 on the input. Without antialias the cubic is
 * torch's (a = −0.75, border samples repeated); with it, PIL's (a = −0.5, weights outside dropped and the rest
 * scaled to 1). `nearest` is the sample under the centre: PIL's NEAREST and torch's `nearest-exact`; torch's
 * older `nearest` forgets the half pixel and is not offered.
 *
 * @source Pillow, src/libImaging/Resample.c; PyTorch, aten/src/ATen/native/cpu/UpSampleKernel.cpp.
 */
export function contributions(
  from: number,
  to: number,
  how: Resampling,
  start = 0,
  count = to,
): Contributions {
  if (how.filter === 'nearest') return nearestContributions(from, to, start, count)
  return how.antialias
    ? filteredContributions(from, to, how, start, count)
    : pointContributions(from, to, how, start, count)
}

function nearestContributions(from: number, to: number, start: number, count: number): Contributions {
  const step = from / to
  const first = new Int32Array(count)
  // PIL walks by adding the step, so its rounding errors add up; the same walk lands on the same samples.
  let at = step * 0.5
  for (let i = 0; i < start + count; i++) {
    if (i >= start) first[i - start] = Math.min(from - 1, Math.floor(at))
    at += step
  }
  return {
    count,
    taps: 1,
    first,
    used: new Int32Array(count).fill(1),
    weights: new Float64Array(count).fill(1),
  }
}

function filteredContributions(
  from: number,
  to: number,
  { filter, alignCorners }: Resampling,
  start: number,
  count: number,
): Contributions {
  const scale = alignCorners ? cornerScale(from, to) : from / to
  const stretch = Math.max(scale, 1)
  const reach = (filter === 'bilinear' ? 1 : 2) * stretch
  const kernel = filter === 'bilinear' ? triangle : cubicPil
  const taps = Math.ceil(reach) * 2 + 1
  const first = new Int32Array(count)
  const used = new Int32Array(count)
  const weights = new Float64Array(count * taps)
  const shrink = 1 / stretch
  for (let i = 0; i < count; i++) {
    const centre = (start + i + 0.5) * scale
    const low = Math.max(0, Math.trunc(centre - reach + 0.5))
    const high = Math.min(from, Math.trunc(centre + reach + 0.5))
    let total = 0
    for (let x = low; x < high; x++) {
      const weight = kernel((x - centre + 0.5) * shrink)
      weights[i * taps + x - low] = weight
      total += weight
    }
    if (total !== 0) for (let k = 0; k < high - low; k++) weights[i * taps + k] /= total
    first[i] = low
    used[i] = high - low
  }
  return { count, taps, first, used, weights }
}

function pointContributions(
  from: number,
  to: number,
  { filter, alignCorners }: Resampling,
  start: number,
  count: number,
): Contributions {
  const taps = Math.min(from, filter === 'bilinear' ? 2 : 4)
  const first = new Int32Array(count)
  const weights = new Float64Array(count * taps)
  const scale = alignCorners ? cornerScale(from, to) : from / to
  for (let i = 0; i < count; i++) {
    let at = alignCorners ? (start + i) * scale : (start + i + 0.5) * scale - 0.5
    if (filter === 'bilinear') at = Math.max(0, at)
    const base = Math.floor(at)
    const part = at - base
    const reached = filter === 'bilinear' ? [1 - part, part] : cubicTorch(part)
    const lowest = filter === 'bilinear' ? base : base - 1
    const low = Math.min(Math.max(lowest, 0), from - taps)
    first[i] = low
    for (let k = 0; k < reached.length; k++) {
      const sample = Math.min(Math.max(lowest + k, 0), from - 1)
      weights[i * taps + sample - low] += reached[k]
    }
  }
  return { count, taps, first, used: new Int32Array(count).fill(taps), weights }
}

const cornerScale = (from: number, to: number): number => (to > 1 ? (from - 1) / (to - 1) : 0)

function triangle(x: number): number {
  const distance = Math.abs(x)
  return distance < 1 ? 1 - distance : 0
}

function cubicPil(x: number): number {
  const a = -0.5
  const d = Math.abs(x)
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a
  return 0
}

/** Weights of the four samples at −1, 0, 1, 2 for a point at `part` in [0, 1). */
function cubicTorch(part: number): [number, number, number, number] {
  const a = -0.75
  const inner = (x: number) => ((a + 2) * x - (a + 3)) * x * x + 1
  const outer = (x: number) => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
  return [outer(part + 1), inner(part), inner(1 - part), outer(2 - part)]
}

/**
 * Resampling of one side as a matrix: `output = W · input`.
 *
 * @returns [to × from] float64, row-major, each row adding up to 1.
 * @example resampleWeights(2, 4, { filter: 'bilinear', antialias: false, alignCorners: false })
 *   // 1 0 · 0.75 0.25 · 0.25 0.75 · 0 1
 */
export function resampleWeights(from: number, to: number, how: Resampling): Float64Array {
  const { taps, first, used, weights } = contributions(from, to, how)
  const matrix = new Float64Array(to * from)
  for (let i = 0; i < to; i++) {
    for (let k = 0; k < used[i]; k++) matrix[i * from + first[i] + k] += weights[i * taps + k]
  }
  return matrix
}
