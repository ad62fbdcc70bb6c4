import { sizeOf } from '../tensor/index.ts'
import { broadcast } from './broadcast.ts'
import type { Emit } from './emit.ts'
import type { Ref } from './network.ts'
import type { ShapeCalls } from './pen-shapes.ts'

type Primitives = Pick<Emit, 'call' | 'ints' | 'filled'>
type SumCalls = Pick<Emit, 'ReduceSum' | 'unbroadcast' | 'MatMul' | 'FusedMatMul' | 'Gemm'>

/** The calls that sum: reductions and products. */
export function sumCalls({ call, ints, filled }: Primitives, { Reshape }: ShapeCalls): SumCalls {
  const ReduceSum: Emit['ReduceSum'] = (x, axes, keepDims) => {
    const summed = new Set(axes.map((axis) => (axis < 0 ? axis + x.dims.length : axis)))
    if (summed.size === 0) return x
    const dims = x.dims.flatMap((dim, axis) => (summed.has(axis) ? (keepDims ? [1] : []) : [dim]))
    const sorted = [...summed].sort((a, b) => a - b)
    return call('ReduceSum', [x, ints(sorted)], [{ dims }], { keepdims: keepDims ? 1 : 0 })[0]
  }

  const Gemm: Emit['Gemm'] = (a, b, { transA, transB, alpha, c, beta } = {}) => {
    if (a.dims.length !== 2 || b.dims.length !== 2) {
      throw new RangeError(`Gemm of [${a.dims.join(', ')}] and [${b.dims.join(', ')}]: both need rank 2`)
    }
    const [rows, inner] = transA ? a.dims.toReversed() : a.dims
    const [other, columns] = transB ? b.dims.toReversed() : b.dims
    if (inner !== other) throw new RangeError(`Gemm: ${inner} columns meet ${other} rows`)
    if (columns === 1 && rows > 1 && !transA && c === undefined) {
      // A product with one column is cut among threads by rows, and the last rows of a cut are summed in another
      // order: other bits on two threads than on one. Written as a row it takes as long, and has the same bits.
      const turned = Gemm(Reshape(b, [1, inner]), a, {
        transB: true,
        ...(alpha === undefined ? {} : { alpha }),
      })
      return Reshape(turned, [rows, 1])
    }
    return call('Gemm', c === undefined ? [a, b] : [a, b, c], [{ dims: [rows, columns] }], {
      ...(alpha === undefined || alpha === 1 ? {} : { alpha }),
      ...(beta === undefined || beta === 1 ? {} : { beta }),
      ...(transA ? { transA: 1 } : {}),
      ...(transB ? { transB: 1 } : {}),
    })[0]
  }

  /** Several leading axes at once: a product with a row of ones, 3 to 7 times faster than ReduceSum over axis 0. */
  const rowSum = (x: Ref, leading: number): Ref => {
    const rows = sizeOf(x.dims.slice(0, leading))
    const rest = x.dims.slice(leading)
    if (rows === 1) return Reshape(x, rest)
    if (x.type !== 'float32') return ReduceSum(x, range(leading), false)
    return Reshape(Gemm(filled([1, rows], 1), Reshape(x, [rows, sizeOf(rest)])), rest)
  }

  return {
    ReduceSum,
    Gemm,
    unbroadcast(x, dims) {
      const lead = x.dims.length - dims.length
      const stretched = x.dims.map((dim, axis) => axis < lead || (dims[axis - lead] === 1 && dim !== 1))
      const prefix = stretched.indexOf(false) < 0 ? x.dims.length : stretched.indexOf(false)
      // Neighbouring axes together, the innermost first: the runtime has fast paths for those only.
      let sum = x
      for (let end = x.dims.length - 1; end >= prefix; end--) {
        if (!stretched[end]) continue
        let start = end
        while (start > prefix && stretched[start - 1]) start--
        sum = ReduceSum(
          sum,
          range(end - start + 1).map((i) => start + i),
          true,
        )
        end = start
      }
      if (prefix > 0) {
        sum = prefix === x.dims.length ? ReduceSum(sum, range(prefix), false) : rowSum(sum, prefix)
      }
      return Reshape(sum, dims)
    },
    MatMul: (a, b) => call('MatMul', [a, b], [{ dims: productDims(a.dims, b.dims) }])[0],
    FusedMatMul(a, b, { transA, transB, alpha }) {
      if (a.dims.length < 2 || b.dims.length < 2) {
        throw new RangeError(
          `FusedMatMul of [${a.dims.join(', ')}] and [${b.dims.join(', ')}]: rank 2 or more`,
        )
      }
      const dims = productDims(transA ? turned(a.dims) : a.dims, transB ? turned(b.dims) : b.dims)
      const flags = {
        ...(alpha === undefined || alpha === 1 ? {} : { alpha }),
        ...(transA ? { transA: 1 } : {}),
        ...(transB ? { transB: 1 } : {}),
      }
      return call('FusedMatMul', [a, b], [{ dims }], flags, 'com.microsoft')[0]
    },
  }
}

function turned(dims: readonly number[]): number[] {
  return [...dims.slice(0, -2), dims[dims.length - 1], dims[dims.length - 2]]
}

/** NumPy's matmul: vectors lend themselves an axis, leading axes broadcast. */
function productDims(a: readonly number[], b: readonly number[]): number[] {
  const left = a.length === 1 ? [1, a[0]] : a
  const right = b.length === 1 ? [b[0], 1] : b
  if (left[left.length - 1] !== right[right.length - 2]) {
    throw new RangeError(`MatMul of [${a.join(', ')}] and [${b.join(', ')}]: the inner dimensions differ`)
  }
  return [
    ...broadcast(left.slice(0, -2), right.slice(0, -2)),
    ...(a.length === 1 ? [] : [left[left.length - 2]]),
    ...(b.length === 1 ? [] : [right[right.length - 1]]),
  ]
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}
