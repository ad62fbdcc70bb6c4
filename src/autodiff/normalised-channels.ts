import { sizeOf } from '../tensor/index.ts'
import type { Ref } from './network.ts'
import { normalisedRows } from './normalised-rows.ts'
import type { Gradients, RuleContext } from './rule.ts'
import { summedProduct } from './summed-product.ts'

/**
 * The gradients of Y = X̂·γ + β, X̂ = (X − mean)·inv, each of `groups` parts of each example by itself (n values), with
 * one γ and β a part:
 *
 *   dX = inv·γ·(dY − mean dY − X̂·mean(dY·X̂))     dγ = Σ dY·X̂     dβ = Σ dY     the sums over examples and part
 *
 * X [N, C, …] as rows [N·groups, n]; γ, β [groups]. γ is one number a row and stays outside, so the row sums behind both
 * means are those of dγ and dβ too.
 */
export function normalisedChannels(context: RuleContext, groups: number): Gradients {
  const {
    inputs: [X, gamma],
    dY,
    emit,
    attribute,
  } = context
  const examples = X!.dims[0]
  const rows = examples * groups
  const n = sizeOf(X!.dims) / rows
  const d = emit.Reshape(dY, [rows, n])
  const { xhat, inv } = normalisedRows(emit, emit.Reshape(X!, [rows, n]), attribute('epsilon', 1e-5))
  const sums = emit.ReduceSum(d, [1], true) // [rows, 1]
  const dots = summedProduct(emit, d, xhat, [rows, 1])
  const share = emit.scalar(1 / n)
  const centred = emit.Sub(d, emit.Mul(sums, share))
  const steepness = emit.Reshape(emit.Mul(emit.Reshape(inv, [examples, groups]), gamma!), [rows, 1])
  const dX = emit.Mul(steepness, emit.Sub(centred, emit.Mul(xhat, emit.Mul(dots, share))))
  const overExamples = (row: Ref) => emit.unbroadcast(emit.Reshape(row, [examples, groups]), [groups])
  return [emit.Reshape(dX, X!.dims), overExamples(dots), overExamples(sums)]
}
