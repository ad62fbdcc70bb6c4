import type { Emit } from '../emit.ts'
import type { Ref } from '../network.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = A·B     dA = dY·Bᵀ     dB = Aᵀ·dY
 * A [… , n, k] or [k]   B [… , k, m] or [k]   leading axes broadcast.
 * @source ONNX MatMul-13; Giles, "Collected Matrix Derivative Results", 2008.
 */
export const matmul = defineRule('MatMul', ({ inputs: [A, B], dY, emit }) => {
  if (A === undefined || B === undefined) return []
  // A vector lends itself an axis: a row on the left, a column on the right.
  const left = A.dims.length === 1 ? [1, A.dims[0]] : A.dims
  const right = B.dims.length === 1 ? [B.dims[0], 1] : B.dims
  const batch = dY.dims.slice(0, dY.dims.length - Number(A.dims.length > 1) - Number(B.dims.length > 1))
  const d = emit.Reshape(dY, [...batch, left[left.length - 2], right[right.length - 1]])
  const [dA, dB] = productGradients(emit, emit.Reshape(A, left), emit.Reshape(B, right), d, {})
  return [emit.Reshape(dA, A.dims), emit.Reshape(dB, B.dims)]
})

/** How the two sides of a product enter it. */
interface Flags {
  transA?: boolean
  transB?: boolean
  alpha?: number
}

/**
 * The gradients of alpha · A'·B' for sides of rank 2 or more, the transposes as flags and never as nodes.
 * A right side of rank 2 meets all rows of the left side in one Gemm.
 */
export function productGradients(emit: Emit, A: Ref, B: Ref, d: Ref, flags: Flags): [dA: Ref, dB: Ref] {
  const { transA = false, transB = false, alpha = 1 } = flags
  if (B.dims.length === 2 && (A.dims.length === 2 || !transA)) {
    const rows = A.dims.length === 2 ? A : flattened(emit, A)
    const dRows = d.dims.length === 2 ? d : flattened(emit, d)
    const dA = transA
      ? emit.Gemm(B, dRows, { transA: transB, transB: true, alpha })
      : emit.Gemm(dRows, B, { transB: !transB, alpha })
    const dB = transB
      ? emit.Gemm(dRows, rows, { transA: true, transB: transA, alpha })
      : emit.Gemm(rows, dRows, { transA: !transA, alpha })
    return [emit.Reshape(dA, A.dims), dB]
  }
  const dA = transA
    ? emit.FusedMatMul(B, d, { transA: transB, transB: true, alpha })
    : emit.FusedMatMul(d, B, { transB: !transB, alpha })
  const dB = transB
    ? emit.FusedMatMul(d, A, { transA: true, transB: transA, alpha })
    : emit.FusedMatMul(A, d, { transA: !transA, alpha })
  return [emit.unbroadcast(dA, A.dims), emit.unbroadcast(dB, B.dims)]
}

function flattened(emit: Emit, x: Ref): Ref {
  const columns = x.dims[x.dims.length - 1]
  return emit.Reshape(x, [x.dims.slice(0, -1).reduce((all, dim) => all * dim, 1), columns])
}
