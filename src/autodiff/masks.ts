import type { Emit } from './emit.ts'
import type { Ref } from './network.ts'

/**
 * Masks of 0 and 1 as floats, in one pass and without a tensor of booleans: HardSigmoid is max(0, min(1, alpha·x + beta)),
 * and a slope of 2¹⁰⁰ makes a step of it. A power of two scales exactly, so at the bound itself the sum is 0 and one
 * float beside it the sum is huge. (7 M values: 5.5 ms; Greater and Cast 7.5, Where(Greater) 8.2.)
 */
const steep = 2 ** 100

/** 1 where x > bound, else 0. */
export function above(emit: Emit, x: Ref, bound: number): Ref {
  const slope = slopeFor(bound)
  return emit.HardSigmoid(x, slope, -bound * slope)
}

/** 1 where x < bound, else 0. */
export function below(emit: Emit, x: Ref, bound: number): Ref {
  const slope = slopeFor(bound)
  return emit.HardSigmoid(x, -slope, bound * slope)
}

/** 1 where a > b, ½ where they are equal, else 0. */
export function greater(emit: Emit, a: Ref, b: Ref): Ref {
  return emit.HardSigmoid(emit.Sub(a, b), steep, 0.5)
}

/** 1 where x reaches a bound that it never exceeds (`'most'`) or never falls below (`'least'`), else 0. */
export function reaches(emit: Emit, x: Ref, bound: Ref, side: 'most' | 'least'): Ref {
  return emit.HardSigmoid(emit.Sub(x, bound), side === 'most' ? steep : -steep, 1)
}

/** x > 0 as booleans, for Where. */
export function isPositive(emit: Emit, x: Ref): Ref {
  return emit.call('Greater', [x, emit.scalar(0)], [{ type: 'bool', dims: x.dims }])[0]
}

/** The steepest slope, at most 2¹⁰⁰, whose product with the bound is still a float32. */
function slopeFor(bound: number): number {
  return bound === 0 ? steep : 2 ** Math.min(100, 126 - Math.ceil(Math.log2(Math.abs(bound))))
}
