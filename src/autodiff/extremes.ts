import { greater, reaches } from './masks.ts'
import type { Gradients, RuleContext } from './rule.ts'

/**
 * The gradient of Max and Min of n tensors: dY goes to the term that was taken, in equal parts where several were,
 * summed over the axes along which the term was stretched.
 */
export function extremeGradients(
  { inputs, outputs: [Y], dY, emit }: RuleContext,
  side: 'most' | 'least',
): Gradients {
  if (inputs.length === 1) return [dY]
  if (inputs.length === 2) {
    const [A, B] = inputs
    const share = side === 'most' ? greater(emit, A!, B!) : greater(emit, B!, A!) // ½ where they are equal
    const taken = emit.Mul(dY, share)
    return [emit.unbroadcast(taken, A!.dims), emit.unbroadcast(emit.Sub(dY, taken), B!.dims)]
  }
  const taken = inputs.map((term) => reaches(emit, term!, Y!, side))
  const share = emit.Div(dY, emit.Sum(...taken))
  return inputs.map((term, i) => emit.unbroadcast(emit.Mul(share, taken[i]), term!.dims))
}
