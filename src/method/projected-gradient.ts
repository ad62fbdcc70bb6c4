import { flatProducts } from './flat-products.ts'
import { projected } from './projections.ts'
import type { Count } from './state.ts'

/**
 * A-GEM's step: g without the part that would raise the loss on a reference batch, to first order. If g · r < 0,
 * g − (g · r / ‖r‖²) r; else g itself.
 *
 * Costs 2 P operations, P weights, and 4 P more when it projects.
 *
 * @param gradient [P], of the batch
 * @param reference [P], of a draw from the memory
 * @source Chaudhry et al., "Efficient Lifelong Learning with A-GEM", ICLR 2019, equation 11. arXiv:1812.00420
 */
export async function projectedGradient(
  gradient: Float32Array,
  reference: Float32Array,
  count: Count,
): Promise<Float32Array> {
  const P = gradient.length
  const [dot] = await flatProducts([gradient], [reference])
  count(2 * P)
  if (dot >= 0) return gradient
  const [squares] = await flatProducts([reference], [reference])
  count(4 * P)
  const share = dot / squares
  const moved = new Float32Array(P)
  for (let i = 0; i < P; i++) moved[i] = gradient[i] - share * reference[i]
  return projected({
    gradient: moved,
    references: [reference],
    slack: [],
  })
}
