import { boundedMinimum } from './bounded-minimum.ts'
import { flatProducts } from './flat-products.ts'
import { projected } from './projections.ts'
import type { Count } from './state.ts'

export interface Constrained {
  /** g̃, which is g itself where nothing is violated. */
  readonly gradient: Float32Array
  /** g · g_k of each reference. */
  readonly dots: readonly number[]
  /** v; empty where no program was solved. */
  readonly multipliers: readonly number[]
}

/** Added to the diagonal of GG', as the authors do. */
const eps = 1e-3

/**
 * GEM's step: the gradient nearest to g that raises the loss of no earlier task, to first order.
 *
 * If g · g_k ≥ 0 for every reference g_k, g̃ = g. Else v ≥ margin minimises ½ v'(GG' + 10⁻³ I) v + (Gg)'v, rows of G being
 * the g_k, and g̃ = g + G'v. The margin bounds the multipliers and not the dot products, so tasks that are not violated
 * are helped too once the program runs.
 *
 * Costs 2 P operations a reference, P weights, for the dots; when it runs 2 t² P and 2 t P more. The program itself,
 * of t unknowns, is not counted.
 *
 * @param gradient [P], of the batch
 * @param references [P] each, of the memories of earlier tasks
 * @source Lopez-Paz and Ranzato, "Gradient Episodic Memory for Continual Learning", NeurIPS 2017, section 3.
 *   arXiv:1706.08840
 */
export async function constrainedGradient(
  gradient: Float32Array,
  references: readonly Float32Array[],
  { margin, count }: { margin: number; count: Count },
): Promise<Constrained> {
  const [P, t] = [gradient.length, references.length]
  const dots = await flatProducts(references, [gradient])
  count(2 * P * t)
  if (dots.every((dot) => dot >= 0)) return { gradient, dots: [...dots], multipliers: [] }
  const gram = await flatProducts(references, references)
  for (let k = 0; k < t; k++) gram[k * t + k] += eps
  const multipliers = boundedMinimum(gram, dots, margin)
  const moved = new Float64Array(gradient)
  references.forEach((reference, k) => {
    const v = multipliers[k]
    for (let i = 0; i < P; i++) moved[i] += v * reference[i]
  })
  count(2 * t * t * P + 2 * t * P)
  const slack = Array.from(multipliers, (v) => eps * v)
  const followed = projected({ gradient: new Float32Array(moved), references, slack })
  return { gradient: followed, dots: [...dots], multipliers: [...multipliers] }
}
