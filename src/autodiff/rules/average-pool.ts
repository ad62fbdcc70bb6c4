import { sizeOf } from '../../tensor/index.ts'
import type { Emit } from '../emit.ts'
import type { Ref } from '../network.ts'
import { defineRule } from '../rule.ts'
import { covered, readings, slidingAttributes, tiles, type Window, windowOf } from '../window.ts'

/** Up to this many pairs of an input and an output pixel, the pool is one product with a constant matrix. */
const matrixLimit = 20736

/**
 * Each output is the mean of its window, so each input pixel gets a share of every window that reads it.
 * A window's share is 1 / K, or with `count_include_pad` = 0 one over how many of its K places lie on the map.
 * X [N, C, …]   Y, dY [N, C, …]
 * @throws unsupported-gradient, naming the node, for a `ceil_mode` by which a window hangs over the padded map.
 * @source ONNX AveragePool-19.
 */
export const averagePool = defineRule('AveragePool', (context) => {
  const { inputs, dY, emit, attribute, refuse } = context
  const [X] = inputs
  if (X === undefined) return []
  const kernel = attribute<readonly number[]>('kernel_shape', [])
  const window = windowOf(context, { input: X.dims.slice(2), output: dY.dims.slice(2), kernel })
  const hangs = kernel.some(
    (_, axis) => covered(window, axis) > window.before[axis] + window.input[axis] + window.after[axis],
  )
  if (hangs) refuse('by its ceil_mode a window hangs over the padded map; ceil_mode = 0 is known')
  const shares = sharesOf(window, attribute('count_include_pad', 0) !== 0)
  const pairs = sizeOf(window.input) * sizeOf(window.output)
  if (tiles(window)) return [spread(emit, X, window, dY)]
  if (pairs <= matrixLimit) return [byMatrix(emit, X, window, shares, dY)]
  return [bySliding(emit, X, window, shares, dY)]
})

/** One over how many places of each output pixel's window count: [Q]. */
function sharesOf(window: Window, padsCount: boolean): Float32Array {
  const places = sizeOf(window.kernel)
  const table = readings(window)
  return Float32Array.from({ length: sizeOf(window.output) }, (_, pixel) => {
    if (padsCount) return 1 / places
    const read = table.subarray(pixel * places, (pixel + 1) * places).filter((index) => index >= 0).length
    return 1 / Math.max(1, read)
  })
}

/** Windows that tile the map: each gradient is copied over its tile. */
function spread(emit: Emit, X: Ref, { output, kernel }: Window, dY: Ref): Ref {
  const images = sizeOf(X.dims.slice(0, 2))
  const share = emit.Mul(dY, emit.scalar(1 / sizeOf(kernel)))
  const small = emit.Reshape(share, [images, ...output.flatMap((size) => [size, 1])])
  const wide = emit.Expand(small, [images, ...output.flatMap((size, axis) => [size, kernel[axis]])])
  return emit.Reshape(wide, X.dims)
}

/** dX = dY·P with P [Q, HW]: what each window takes from each pixel. */
function byMatrix(emit: Emit, X: Ref, window: Window, shares: Float32Array, dY: Ref): Ref {
  const images = sizeOf(X.dims.slice(0, 2))
  const places = sizeOf(window.kernel)
  const [pixels, outputs] = [sizeOf(window.input), sizeOf(window.output)]
  const data = new Float32Array(outputs * pixels)
  for (const [row, pixel] of readings(window).entries()) {
    const output = Math.floor(row / places)
    if (pixel >= 0) data[output * pixels + pixel] = shares[output]
  }
  const matrix = emit.constant({ type: 'float32', dims: [outputs, pixels], data })
  return emit.Reshape(emit.Gemm(emit.Reshape(dY, [images, outputs]), matrix), X.dims)
}

/** The gradients, scaled, laid down window by window: a transposed convolution with ones, a channel at a time. */
function bySliding(emit: Emit, X: Ref, window: Window, shares: Float32Array, dY: Ref): Ref {
  const { input, output, kernel, before, after } = window
  const images = sizeOf(X.dims.slice(0, 2))
  const even = shares.every((share) => share === shares[0])
  const table = even
    ? emit.scalar(shares[0])
    : emit.constant({ type: 'float32', dims: [1, ...output], data: shares })
  const scaled = emit.Reshape(emit.Mul(emit.Reshape(dY, [images, ...output]), table), [images, 1, ...output])
  const missing = kernel.map((_, axis) => before[axis] + input[axis] + after[axis] - covered(window, axis))
  const [sum] = emit.call(
    'ConvTranspose',
    [scaled, emit.filled([1, 1, ...kernel], 1)],
    [{ dims: [images, 1, ...input] }],
    { ...slidingAttributes(window), output_padding: missing },
  )
  return emit.Reshape(sum, X.dims)
}
