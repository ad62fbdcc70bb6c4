import type { Emit } from '../emit.ts'
import type { Ref } from '../network.ts'
import { defineRule } from '../rule.ts'
import { productGradients } from './matmul.ts'

/**
 * Y = alpha · A'·B', where the flags transA and transB turn the last two axes, and transBatchA and transBatchB
 * first move the leading axis to the last place but one. Rank 2 or more; leading axes broadcast.
 * @throws unsupported-gradient, naming the node, for a side of rank 1.
 * @source onnxruntime, com.microsoft FusedMatMul-1.
 */
export const fusedMatmul = defineRule(
  'FusedMatMul',
  ({ inputs: [A, B], dY, emit, attribute, refuse }) => {
    if (A === undefined || B === undefined) return []
    if (A.dims.length < 2 || B.dims.length < 2) {
      refuse(`its sides are [${A.dims.join(', ')}] and [${B.dims.join(', ')}], and rank 2 or more is known`)
    }
    const moved = (x: Ref, flag: string) => attribute(flag, 0) !== 0 && x.dims.length > 2
    const left = moved(A, 'transBatchA') ? leadingMoved(emit, A) : A
    const right = moved(B, 'transBatchB') ? leadingMoved(emit, B) : B
    const [dLeft, dRight] = productGradients(emit, left, right, dY, {
      transA: attribute('transA', 0) !== 0,
      transB: attribute('transB', 0) !== 0,
      alpha: attribute('alpha', 1),
    })
    return [
      left === A ? dLeft : leadingMovedBack(emit, dLeft),
      right === B ? dRight : leadingMovedBack(emit, dRight),
    ]
  },
  'com.microsoft',
)

/** [a, b, c, d] → [b, c, a, d]. */
function leadingMoved(emit: Emit, x: Ref): Ref {
  const rank = x.dims.length
  return emit.Transpose(x, [...range(1, rank - 1), 0, rank - 1])
}

function leadingMovedBack(emit: Emit, x: Ref): Ref {
  const rank = x.dims.length
  return emit.Transpose(x, [rank - 2, ...range(0, rank - 2), rank - 1])
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
