import { defineRule } from '../rule.ts'

/**
 * Y = erf X     dX = dY·2/√π·exp(−X²); the constant goes into the exponent as ln(2/√π), which saves a pass.
 * @source ONNX Erf-13.
 */
export const erf = defineRule('Erf', ({ inputs: [X], dY, emit }) => [
  emit.Mul(dY, emit.Exp(emit.Sub(emit.scalar(Math.log(2 / Math.sqrt(Math.PI))), emit.Mul(X!, X!)))),
])
