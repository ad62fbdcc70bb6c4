import { integersOf } from '../axes.ts'
import type { Emit } from '../emit.ts'
import { gatheredBack, scatteredBack } from '../gathered-back.ts'
import type { Ref } from '../network.ts'
import { defineRule } from '../rule.ts'

/**
 * Y[…] = X[indices[…]], an index being the last axis of `indices`     dX = dY added where it was read from
 *
 * X [n₁, …, n_k, rest…]   indices [places…, k]   Y, dY [places…, rest…]. An index of k numbers is counted as one
 * row of X seen as [n₁ · … · n_k, rest].
 * @throws unsupported-gradient, naming the node, when `batch_dims` is not 0.
 */
export const gatherNd = defineRule('GatherND', ({ inputs, dY, emit, constant, attribute, refuse }) => {
  const X = inputs[0]!
  const indices = inputs[1]!
  if (attribute<number>('batch_dims', 0) !== 0) return refuse('its batch_dims are not 0')
  const depth = indices.dims.at(-1)!
  const indexed = X.dims.slice(0, depth)
  const rows = sizeOf(indexed)
  const places = sizeOf(indices.dims.slice(0, -1))
  const rest = sizeOf(X.dims.slice(depth))
  const strides = indexed.map((_, i) => sizeOf(indexed.slice(i + 1)))
  const d = emit.Reshape(dY, [places, rest])
  const table = constant(indices)
  const dX =
    table === undefined
      ? scatteredBack(emit, d, 0, rowNumbers(emit, indices, indexed, strides), [rows, rest])
      : gatheredBack(emit, d, 0, rowTable(integersOf(table), indexed, strides), rows)
  return [emit.Reshape(dX, X.dims), undefined]
})

const sizeOf = (dims: readonly number[]) => dims.reduce((all, dim) => all * dim, 1)

function rowTable(indices: readonly number[], dims: readonly number[], strides: readonly number[]): number[] {
  const depth = dims.length
  return Array.from({ length: indices.length / depth }, (_, place) =>
    strides.reduce((row, stride, i) => {
      const index = indices[place * depth + i]
      return row + stride * (index < 0 ? index + dims[i] : index)
    }, 0),
  )
}

/** The same for indices that are fed, as nodes on int64. */
function rowNumbers(emit: Emit, indices: Ref, dims: readonly number[], strides: readonly number[]): Ref {
  const places = sizeOf(indices.dims.slice(0, -1))
  const flat = emit.Reshape(indices, [places, dims.length])
  const [negative] = emit.call('Less', [flat, emit.ints([0])], [{ type: 'bool', dims: flat.dims }])
  const fromFront = emit.Where(negative!, emit.Add(flat, emit.ints(dims)), flat)
  return emit.ReduceSum(emit.Mul(fromFront, emit.ints(strides)), [1], false)
}
