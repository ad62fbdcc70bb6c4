import { sizeOf } from '../tensor/index.ts'
import { axisOf, integersOf } from './axes.ts'
import type { Ref } from './network.ts'
import type { RuleContext } from './rule.ts'

/** What a Reduce operator sums over, and how its result goes back over the input. */
export interface Reduction {
  /** The reduced axes, counted from the front. */
  readonly axes: readonly number[]
  /** The input's shape with the reduced axes as 1. */
  readonly kept: readonly number[]
  /** How many values make one. */
  readonly count: number
  /** A tensor of the output's shape (with or without the reduced axes) as `kept`. */
  keep(x: Ref): Ref
  /** A tensor of shape `kept` over the whole input. */
  spread(x: Ref): Ref
}

/**
 * Reads `axes` (second input; none or empty means all, or nothing with noop_with_empty_axes) of a Reduce operator.
 *
 * @throws unsupported-gradient when the axes are computed.
 */
export function reductionOf({
  inputs: [X, axesInput],
  emit,
  constant,
  attribute,
  refuse,
}: RuleContext): Reduction {
  const { dims } = X!
  const given = axesInput && (constant(axesInput) ?? refuse('the axes are computed while it runs'))
  const none = attribute<number>('noop_with_empty_axes', 0) === 1 ? [] : dims.map((_, axis) => axis)
  const axes = given?.data.length ? integersOf(given).map((axis) => axisOf(axis, dims.length)) : none
  const kept = dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
  return {
    axes,
    kept,
    count: sizeOf(dims) / sizeOf(kept),
    keep: (x) => emit.Reshape(x, kept),
    spread: (x) => emit.Expand(x, dims),
  }
}
