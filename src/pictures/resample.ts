import { type Contributions, contributions, type Filter, type Resampling } from './contributions.ts'

/** A decoded picture, 3 channels of uint8 red, green and blue. */
export interface Picture {
  width: number
  height: number
  /** [3, height, width] when planar, else [height, width, 3]. */
  pixels: Uint8Array
  planar: boolean
}

/** The part of a resized picture that is wanted: nothing outside it is computed. */
export interface Window {
  left: number
  top: number
  width: number
  height: number
}

/**
 * Resizes to exactly what PIL's `Image.resize` gives, for uint8 channels.
 *
 * Two passes, across and then down, each with weights of 22 fractional bits and rounded to uint8.
 *
 * @param pixels [channels, height, width] planar.
 * @returns [channels, toHeight, toWidth] planar.
 * @source Pillow, src/libImaging/Resample.c (8 bits per channel).
 */
export function resizePil(
  pixels: Uint8Array,
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
  filter: Filter,
): Uint8Array {
  const how = { filter, antialias: true, alignCorners: false }
  const channels = pixels.length / (width * height)
  const out = new Uint8Array(channels * toWidth * toHeight)
  const across = toWidth === width ? undefined : sideOf(width, toWidth, how, 0, toWidth)
  const down = toHeight === height ? undefined : sideOf(height, toHeight, how, 0, toHeight)
  for (let c = 0; c < channels; c++) {
    const plane = { pixels, offset: c * width * height, step: 1, width }
    const window = { left: 0, top: 0, width: toWidth, height: toHeight }
    resamplePlaneFixed(plane, across, down, window, out, c * toWidth * toHeight)
  }
  return out
}

/**
 * Resizes a picture to `size` and keeps only `window` of the result, planar, into `into`.
 *
 * `uint8` rounds after each pass, as PIL; `float` computes in float64 and rounds (half to even) and clamps once,
 * as torch does for a uint8 tensor. Only rows and columns under the window are touched, so a 2000×1 picture
 * enlarged to 512000×256 costs no more than its crop.
 */
export function resample(
  picture: Picture,
  size: { width: number; height: number },
  how: Resampling & { arithmetic: 'float' | 'uint8' },
  window: Window,
  into: Uint8Array,
): void {
  const { width, height, pixels, planar } = picture
  const across = size.width === width ? undefined : sideOf(width, size.width, how, window.left, window.width)
  const down =
    size.height === height ? undefined : sideOf(height, size.height, how, window.top, window.height)
  const pass = how.arithmetic === 'uint8' ? resamplePlaneFixed : resamplePlaneFloat
  for (let c = 0; c < 3; c++) {
    const plane = planar
      ? { pixels, offset: c * width * height, step: 1, width }
      : { pixels, offset: c, step: 3, width }
    pass(plane, across, down, window, into, c * window.width * window.height)
  }
}

/** One channel among the pixels: sample (x, y) stands at offset + (y · width + x) · step. */
interface Plane {
  pixels: Uint8Array
  offset: number
  step: number
  width: number
}

const fractionBits = 22

/** One side's contributions, once for the three channels. */
interface Side extends Contributions {
  /** The weights as whole numbers of 2⁻²², rounded half away from zero. */
  fixed: Int32Array
}

function sideOf(from: number, to: number, how: Resampling, start: number, count: number): Side {
  const side = contributions(from, to, how, start, count)
  const fixed = new Int32Array(side.weights.length)
  for (let i = 0; i < fixed.length; i++) {
    const weight = side.weights[i]
    fixed[i] = weight * 2 ** fractionBits + (weight < 0 ? -0.5 : 0.5)
  }
  return { ...side, fixed }
}

function clamped(sum: number): number {
  const value = sum >> fractionBits
  return value < 0 ? 0 : value > 255 ? 255 : value
}

/** Rows of the input that the window needs, after the pass down has been asked. */
function rowsUnder(down: Contributions | undefined, window: Window): { top: number; rows: number } {
  if (down === undefined) return { top: window.top, rows: window.height }
  let top = Infinity
  let bottom = 0
  for (let i = 0; i < down.count; i++) {
    top = Math.min(top, down.first[i])
    bottom = Math.max(bottom, down.first[i] + down.used[i])
  }
  return { top, rows: bottom - top }
}

function resamplePlaneFixed(
  plane: Plane,
  across: Side | undefined,
  down: Side | undefined,
  window: Window,
  out: Uint8Array,
  at: number,
): void {
  const { pixels, offset, step, width } = plane
  const { top, rows } = rowsUnder(down, window)
  const columns = window.width
  const half = 1 << (fractionBits - 1)
  const middle = down === undefined ? out.subarray(at, at + rows * columns) : new Uint8Array(rows * columns)
  for (let y = 0; y < rows; y++) {
    const row = offset + (top + y) * width * step
    if (across === undefined) {
      for (let x = 0; x < columns; x++) middle[y * columns + x] = pixels[row + (window.left + x) * step]
      continue
    }
    const { taps, first, used, fixed } = across
    for (let x = 0; x < columns; x++) {
      let sum = half
      let from = row + first[x] * step
      for (let k = x * taps, end = k + used[x]; k < end; k++, from += step)
        sum = (sum + Math.imul(pixels[from], fixed[k])) | 0
      middle[y * columns + x] = clamped(sum)
    }
  }
  if (down === undefined) return
  const sums = new Int32Array(columns)
  for (let y = 0; y < window.height; y++) {
    const first = y * down.taps
    const from = (down.first[y] - top) * columns
    const count = down.used[y]
    sums.fill(half)
    // A row of the middle at a time, through memory with its weight in hand; the first two are left to the last loop.
    for (let j = 2; j < count; j++) {
      const weight = down.fixed[first + j]
      const row = from + j * columns
      for (let x = 0; x < columns; x++) sums[x] += Math.imul(middle[row + x], weight)
    }
    const [a, b] = [down.fixed[first], count > 1 ? down.fixed[first + 1] : 0]
    const next = count > 1 ? from + columns : from
    const to = at + y * columns
    for (let x = 0; x < columns; x++) {
      const sum = (sums[x] + Math.imul(middle[from + x], a) + Math.imul(middle[next + x], b)) | 0
      out[to + x] = clamped(sum)
    }
  }
}

function resamplePlaneFloat(
  plane: Plane,
  across: Contributions | undefined,
  down: Contributions | undefined,
  window: Window,
  out: Uint8Array,
  at: number,
): void {
  const { pixels, offset, step, width } = plane
  const { top, rows } = rowsUnder(down, window)
  const columns = window.width
  const middle = new Float64Array(rows * columns)
  for (let y = 0; y < rows; y++) {
    const row = offset + (top + y) * width * step
    for (let x = 0; x < columns; x++) {
      if (across === undefined) {
        middle[y * columns + x] = pixels[row + (window.left + x) * step]
        continue
      }
      let sum = 0
      const from = row + across.first[x] * step
      for (let k = 0; k < across.used[x]; k++)
        sum += pixels[from + k * step] * across.weights[x * across.taps + k]
      middle[y * columns + x] = sum
    }
  }
  for (let y = 0; y < window.height; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = 0
      if (down === undefined) sum = middle[y * columns + x]
      else {
        const from = (down.first[y] - top) * columns + x
        for (let k = 0; k < down.used[y]; k++)
          sum += middle[from + k * columns] * down.weights[y * down.taps + k]
      }
      out[at + y * columns + x] = roundHalfToEven(Math.min(255, Math.max(0, sum)))
    }
  }
}

export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
