import { aroundAxis } from './axes.ts'
import type { Emit } from './emit.ts'
import type { Ref } from './network.ts'
import { zeros } from './zeros.ts'

/** A 0/1 matrix has at most this many entries (16 MB). */
const largestMatrix = 2 ** 22

/**
 * The gradient of X for Y = X[…, indices, …]: what arrives at each place of Y goes back to the place it was read
 * from, added up where a place was read more than once.
 *
 * One run of neighbours is a Pad; every n-th place is a Pad too, on an axis seen as [places, n]; other distinct
 * places are read back by the inverse table, absent ones from a row of zeros. Repeated ones are a product with a 0/1 matrix where many numbers are read at each place, and scattered one
 * by one where few are (relative position biases: 6 numbers at 20,736 places of 529 take 0.5 ms, not 9).
 *
 * @param indices one for each place of `d` along `axis`, counted from the front, 0 … size - 1
 * @param size of X along `axis`
 */
export function gatheredBack(
  emit: Emit,
  d: Ref,
  axis: number,
  indices: readonly number[],
  size: number,
): Ref {
  const dims = d.dims.with(axis, size)
  const first = indices[0]
  if (first === undefined) return zeros(emit, dims)
  if (indices.every((index, at) => index === first + at)) {
    return padded(emit, d, axis, first, size - first - indices.length)
  }
  const step = size / indices.length
  if (indices.every((index, at) => index === first + at * step)) {
    const { outer, inner } = aroundAxis(dims, axis)
    const apart = emit.Reshape(d, [outer * indices.length, 1, inner])
    return emit.Reshape(padded(emit, apart, 1, first, step - 1 - first), dims)
  }
  if (new Set(indices).size === indices.length) return readBack(emit, d, axis, indices, size)
  const { outer, inner } = aroundAxis(dims, axis)
  const wide = 10 * outer * inner >= size && indices.length * size <= largestMatrix
  return wide
    ? addedByMatrix(emit, d, axis, indices, size)
    : scatteredBack(emit, d, axis, emit.ints(indices), dims)
}

/**
 * The same for indices that are computed or fed: an addition onto zeros by ScatterElements, which runs in the order
 * of the indices. (ScatterND is several times faster, and loses additions: its threads meet at repeated indices.)
 *
 * @param indices int64 [places of `d` along `axis`]; negative ones count from the end
 * @param dims of X
 */
export function scatteredBack(emit: Emit, d: Ref, axis: number, indices: Ref, dims: readonly number[]): Ref {
  const places = d.dims[axis]
  const { outer, inner } = aroundAxis(dims, axis)
  const spread = emit.Expand(emit.Reshape(indices, [1, places, 1]), [outer, places, inner])
  const onto = zeros(emit, [outer, dims[axis], inner])
  return emit.Reshape(addedAt(emit, onto, spread, emit.Reshape(d, [outer, places, inner]), 1), dims)
}

/** `onto`, with `updates` added at `indices` (of the same shape as the updates) along an axis. */
export function addedAt(emit: Emit, onto: Ref, indices: Ref, updates: Ref, axis: number): Ref {
  const made = [{ dims: onto.dims }]
  return emit.call('ScatterElements', [onto, indices, updates], made, { axis, reduction: 'add' })[0]
}

function padded(emit: Emit, d: Ref, axis: number, before: number, after: number): Ref {
  if (before === 0 && after === 0) return d
  const none = d.dims.map(() => 0)
  return emit.Pad(d, none.with(axis, before), none.with(axis, after))
}

function readBack(emit: Emit, d: Ref, axis: number, indices: readonly number[], size: number): Ref {
  const zeroRow = indices.length
  const table = new Array<number>(size).fill(zeroRow)
  indices.forEach((index, at) => {
    table[index] = at
  })
  const rows = table.includes(zeroRow) ? padded(emit, d, axis, 0, 1) : d
  return emit.Gather(rows, emit.ints(table), axis)
}

function addedByMatrix(emit: Emit, d: Ref, axis: number, indices: readonly number[], size: number): Ref {
  const places = indices.length
  const matrix = new Float32Array(size * places)
  indices.forEach((index, at) => {
    matrix[index * places + at] = 1
  })
  const weights = emit.constant({ type: 'float32', dims: [size, places], data: matrix })
  return alongAxis(emit, weights, d, axis)
}

/** Each line of `x` along `axis` multiplied by a constant matrix [to, from]: the axis gets the size `to`. */
export function alongAxis(emit: Emit, matrix: Ref, x: Ref, axis: number): Ref {
  const [to, from] = matrix.dims as [number, number]
  const { outer, inner } = aroundAxis(x.dims, axis)
  const made =
    inner === 1
      ? emit.Gemm(emit.Reshape(x, [outer, from]), matrix, { transB: true })
      : emit.MatMul(matrix, emit.Reshape(x, [outer, from, inner]))
  return emit.Reshape(made, x.dims.with(axis, to))
}
