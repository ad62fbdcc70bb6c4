import { type Projected, projections } from '../../method/index.ts'
import { defineCheck } from '../check.ts'

/**
 * GEM's constraints, and A-GEM's: g̃ · g_k ≥ 0 for every reference, for each projection that was made while it walked.
 * `slack` is how far below 0 the equations themselves allow.
 */
export const projection = defineCheck({
  name: 'projection',
  promise: 'takes no step against a reference gradient after projecting it',
  async of(subject) {
    if (subject.method.needs.gradients === 'none') return { silent: 'it follows no gradient' }
    const seen = { projections: 0, constraints: 0, wrong: undefined as string | undefined }
    const look = (message: unknown) => {
      const { gradient, references, slack } = message as Projected
      seen.projections++
      for (const [k, reference] of references.entries()) {
        seen.constraints++
        const along = dot(gradient, reference)
        // What float32 may lose of a sum of products.
        const rounding = 1e-5 * Math.sqrt(dot(gradient, gradient) * dot(reference, reference))
        if (along < -(slack[k] ?? 0) - rounding) {
          seen.wrong ??= `projection ${seen.projections}: the step goes against reference ${k + 1} (product ${along.toPrecision(3)})`
        }
      }
    }
    projections.subscribe(look)
    try {
      await subject.journey()
    } finally {
      projections.unsubscribe(look)
    }
    return seen.constraints === 0 ? { silent: 'it says of no projection' } : seen.wrong
  },
})

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0)
}
