import { sizeOf } from '../tensor/index.ts'
import type { RuleContext } from './rule.ts'

/**
 * How a convolution or a pool slides over a map: one number a spatial axis in every list.
 *
 * Output pixel o reads, at kernel place k, the input pixel o · stride − before + k · dilation, or padding if that
 * lies outside.
 */
export interface Window {
  readonly input: readonly number[]
  readonly output: readonly number[]
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** Padding before and after the map, automatic padding resolved. */
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/**
 * The window of a node's attributes.
 *
 * @param input spatial sizes of what it slides over
 * @param output spatial sizes of what it makes
 * @throws unsupported-gradient for an auto_pad that ONNX doesn't know.
 */
export function windowOf(
  { attribute, refuse }: Pick<RuleContext, 'attribute' | 'refuse'>,
  sizes: { input: readonly number[]; output: readonly number[]; kernel: readonly number[] },
): Window {
  const { input, output, kernel } = sizes
  const ones = kernel.map(() => 1)
  const strides = attribute<readonly number[]>('strides', ones)
  const dilations = attribute<readonly number[]>('dilations', ones)
  const window = { input, output, kernel, strides, dilations }
  const automatic = attribute<string>('auto_pad', 'NOTSET')
  switch (automatic) {
    case 'NOTSET': {
      const pads = attribute<readonly number[]>('pads', [...ones, ...ones].fill(0))
      return { ...window, before: pads.slice(0, kernel.length), after: pads.slice(kernel.length) }
    }
    case 'VALID':
      return { ...window, before: kernel.map(() => 0), after: kernel.map(() => 0) }
    case 'SAME_UPPER':
    case 'SAME_LOWER': {
      const missing = kernel.map((_, axis) => Math.max(0, covered(window, axis) - input[axis]))
      const half = automatic === 'SAME_UPPER' ? Math.floor : Math.ceil
      const before = missing.map((total) => half(total / 2))
      return { ...window, before, after: missing.map((total, axis) => total - before[axis]) }
    }
    default:
      return refuse(`auto_pad is ${automatic}, and NOTSET, VALID, SAME_UPPER and SAME_LOWER are known`)
  }
}

/** How many pixels of the padded map the windows of one axis span together. */
export function covered(
  { output, kernel, strides, dilations }: Pick<Window, 'output' | 'kernel' | 'strides' | 'dilations'>,
  axis: number,
): number {
  return (output[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1
}

/** No padding, no dilation, and windows that tile the map without a remainder. */
export function tiles({ input, output, kernel, strides, dilations, before, after }: Window): boolean {
  return kernel.every(
    (size, axis) =>
      (size === 1 || dilations[axis] === 1) &&
      before[axis] === 0 &&
      after[axis] === 0 &&
      (output[axis] === 1 || strides[axis] === size) &&
      input[axis] === size * output[axis],
  )
}

/** A kernel of one place and no padding: each output pixel reads one pixel of the map. */
export function isPointwise({ kernel, before, after }: Window): boolean {
  return [...before, ...after].every((pad) => pad === 0) && kernel.every((size) => size === 1)
}

/** Whether windows start further apart than one pixel along some axis. */
export function isStrided({ strides }: Window): boolean {
  return strides.some((stride) => stride > 1)
}

/**
 * The input pixel that each output pixel reads at each kernel place: [Q × K] numbers of the flattened map, −1 for
 * padding. Q output pixels, K kernel places, both in row-major order.
 */
export function readings(window: Window): Int32Array {
  const { input, output, kernel, strides, dilations, before } = window
  const places = sizeOf(kernel)
  const table = new Int32Array(sizeOf(output) * places)
  for (let row = 0; row < table.length; row++) {
    let pixel = Math.floor(row / places)
    let place = row % places
    let flat = 0
    let scale = 1
    for (let axis = kernel.length - 1; axis >= 0 && flat >= 0; axis--) {
      const o = pixel % output[axis]
      const k = place % kernel[axis]
      pixel = Math.floor(pixel / output[axis])
      place = Math.floor(place / kernel[axis])
      const i = o * strides[axis] - before[axis] + k * dilations[axis]
      flat = i >= 0 && i < input[axis] ? flat + i * scale : -1
      scale *= input[axis]
    }
    table[row] = flat
  }
  return table
}

/** The attributes of a Conv or ConvTranspose that slides so. */
export function slidingAttributes({
  kernel,
  strides,
  dilations,
  before,
  after,
}: Pick<Window, 'kernel' | 'strides' | 'dilations' | 'before' | 'after'>) {
  return { kernel_shape: kernel, strides, dilations, pads: [...before, ...after] }
}
