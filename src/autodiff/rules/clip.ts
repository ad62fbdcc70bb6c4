import { above, below } from '../masks.ts'
import type { Ref } from '../network.ts'
import { defineRule, type RuleContext } from '../rule.ts'

/** Exports write "no bound" as the largest float32. */
const unbounded = 3.4028234663852886e38

/**
 * Y = min(max(X, low), high)     dX = dY where low < Y < high, else 0.
 * Nothing passes at the bounds themselves: so does PyTorch's ReLU6, which arrives as Clip (its `clamp`, which arrives
 * as Clip too, would pass there). From Y, so that X need not be kept. The bounds get no gradient.
 * @throws unsupported-gradient when a bound is computed while the network runs, or is fed.
 * @source ONNX Clip-13.
 */
export const clip = defineRule('Clip', (context) => {
  const { inputs, outputs, dY, emit } = context
  const low = bound(context, inputs[1], -unbounded)
  const high = bound(context, inputs[2], unbounded)
  let dX = dY
  if (low > -unbounded) dX = emit.Mul(dX, above(emit, outputs[0]!, low))
  if (high < unbounded) dX = emit.Mul(dX, below(emit, outputs[0]!, high))
  return [dX, undefined, undefined]
})

function bound({ constant, refuse }: RuleContext, input: Ref | undefined, otherwise: number): number {
  if (input === undefined) return otherwise
  return Number((constant(input) ?? refuse('a bound is computed while it runs')).data[0])
}
