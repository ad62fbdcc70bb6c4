import { defineRule } from '../rule.ts'

/**
 * Y = X·t, t = tanh(softplus X)     dX = dY·(t + X·sigmoid(X)·(1 − t²))
 * @source ONNX Mish-18; Misra, "Mish", BMVC 2020. arXiv:1908.08681
 */
export const mish = defineRule('Mish', ({ inputs: [X], dY, emit }) => {
  const t = emit.Tanh(emit.call('Softplus', [X!], [X!])[0])
  const steepness = emit.Mul(emit.call('Sigmoid', [X!], [X!])[0], emit.Sub(emit.scalar(1), emit.Mul(t, t)))
  return [emit.Mul(dY, emit.Add(t, emit.Mul(X!, steepness)))]
})
