import { sizeOf } from '../../tensor/index.ts'
import { integersOf } from '../axes.ts'
import type { Emit } from '../emit.ts'
import { gatheredBack, scatteredBack } from '../gathered-back.ts'
import type { Ref } from '../network.ts'
import { defineRule } from '../rule.ts'

/**
 * Y[…] = X[indices[…]], an index being the last axis of `indices`     dX = dY added where it was read from
 *
 * X [batch…, n₁, …, n_k, rest…]   indices [batch…, places…, k]   Y, dY [batch…, places…, rest…], the first
 * `batch_dims` axes in step. An index is counted as one row of X seen as [batch · n₁ · … · n_k, rest].
 * @source ONNX GatherND-13.
 */
export const gatherNd = defineRule('GatherND', ({ inputs, dY, emit, constant, attribute }) => {
  const X = inputs[0]!
  const indices = inputs[1]!
  const batched = attribute<number>('batch_dims', 0)
  const depth = indices.dims.at(-1)!
  const indexed = X.dims.slice(batched, batched + depth)
  const batch = sizeOf(X.dims.slice(0, batched))
  const perBatch = sizeOf(indexed)
  const rest = sizeOf(X.dims.slice(batched + depth))
  const places = sizeOf(indices.dims.slice(0, -1))
  const rows: Rows = {
    dims: indexed,
    strides: indexed.map((_, i) => sizeOf(indexed.slice(i + 1))),
    starts: Array.from({ length: places }, (_, place) => Math.floor((place * batch) / places) * perBatch),
  }
  const d = emit.Reshape(dY, [places, rest])
  const table = constant(indices)
  const dX =
    table === undefined
      ? scatteredBack(emit, d, 0, rowNumbers(emit, indices, rows), [batch * perBatch, rest])
      : gatheredBack(emit, d, 0, rowTable(integersOf(table), rows), batch * perBatch)
  return [emit.Reshape(dX, X.dims), undefined]
})

interface Rows {
  /** Sizes of the indexed axes, and how many rows a step along each is. */
  readonly dims: readonly number[]
  readonly strides: readonly number[]
  /** The first row of the batch of each place. */
  readonly starts: readonly number[]
}

function rowTable(indices: readonly number[], { dims, strides, starts }: Rows): number[] {
  return starts.map((start, place) =>
    strides.reduce((row, stride, i) => {
      const index = indices[place * dims.length + i]
      return row + stride * (index < 0 ? index + dims[i] : index)
    }, start),
  )
}

/** The same for indices that are fed, as nodes on int64. */
function rowNumbers(emit: Emit, indices: Ref, { dims, strides, starts }: Rows): Ref {
  const flat = emit.Reshape(indices, [starts.length, dims.length])
  const [negative] = emit.call('Less', [flat, emit.ints([0])], [{ type: 'bool', dims: flat.dims }])
  const fromFront = emit.Where(negative, emit.Add(flat, emit.ints(dims)), flat)
  const inBatch = emit.ReduceSum(emit.Mul(fromFront, emit.ints(strides)), [1], false)
  return starts.at(-1) === 0 ? inBatch : emit.Add(inBatch, emit.ints(starts))
}
