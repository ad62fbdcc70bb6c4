import type { Emit } from '../emit.ts'
import type { Ref } from '../network.ts'
import { defineRule, type RuleContext } from '../rule.ts'
import { tanhGeluSlope } from '../tanh-gelu.ts'

/**
 * Y = X·Φ(X), Φ the normal distribution function     dX = dY·(Φ(X) + X·φ(X)), φ its density.
 * With s = X/√2: Φ = (1 + erf s)/2, one pass as HardSigmoid(erf s; ½, ½), and X·φ = s·exp(−ln √π − s²), the constant in
 * the exponent.
 * Y/X for Φ would be wrong at 0. `approximate: tanh` (standard operator only): see tanh-gelu.
 * The runtime's own Gelu (com.microsoft) is the same function; both share this file.
 * @source ONNX Gelu-20; Hendrycks and Gimpel, "GELUs", 2016. arXiv:1606.08415
 */
export const gelu = defineRule('Gelu', gradients)

/** The Gelu that the runtime recognises from its pieces. */
export const runtimeGelu = defineRule('Gelu', gradients, 'com.microsoft')

function gradients({ inputs: [X], outputs: [Y], dY, emit, attribute }: RuleContext) {
  const byTanh = attribute<string>('approximate', 'none') === 'tanh'
  const slope = byTanh ? tanhGeluSlope(emit, X!, Y!) : erfSlope(emit, X!)
  return [emit.Mul(dY, slope)]
}

function erfSlope(emit: Emit, X: Ref): Ref {
  const s = emit.Mul(X, emit.scalar(Math.SQRT1_2))
  const distribution = emit.HardSigmoid(emit.Erf(s), 0.5, 0.5)
  const density = emit.Exp(emit.Sub(emit.scalar(-0.5 * Math.log(Math.PI)), emit.Mul(s, s)))
  return emit.Add(distribution, emit.Mul(s, density))
}
