import { sizeOf } from '../../tensor/index.ts'
import { axisOf } from '../axes.ts'
import { normalisedRows } from '../normalised-rows.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = X̂·γ + β, X̂ = (X − mean)·inv, inv = 1/√(variance + epsilon), over the axes from `axis` on (n values a row):
 *
 *   g = dY·γ     dX = inv·(g − mean g − X̂·mean(g·X̂))     dγ = Σ dY·X̂     dβ = Σ dY     the sums over all rows
 *
 * X [rows, n] once flattened, γ and β [n]. The two means are products of [rows, n] with the column γ/n. X̂ and inv are
 * computed anew from X, so that the forward pass keeps nothing else.
 * @throws unsupported-gradient when γ or β is not of the normalised shape, or a gradient arrives at the second or third
 * output (mean, inv).
 * @source ONNX LayerNormalization-17; Ba et al., "Layer Normalization", 2016. arXiv:1607.06450
 */
export const layerNormalization = defineRule('LayerNormalization', (context) => {
  const {
    inputs: [X, gamma, beta],
    dY,
    dOutputs,
    emit,
    attribute,
    refuse,
  } = context
  const normalised = X!.dims.slice(axisOf(attribute('axis', -1), X!.dims.length))
  const n = sizeOf(normalised)
  for (const weight of [gamma!, ...(beta ? [beta] : [])]) {
    if (sizeOf(weight.dims) === n) continue
    refuse(`it normalises [${normalised.join(', ')}] with a gain or shift of [${weight.dims.join(', ')}]`)
  }
  if (dOutputs.slice(1).some(Boolean))
    refuse('its mean or inverse deviation is used for more than the result')
  const flat = [sizeOf(X!.dims) / n, n]
  const d = emit.Reshape(dY, flat)
  const gain = emit.Reshape(gamma!, [n])
  const { xhat, inv } = normalisedRows(emit, emit.Reshape(X!, flat), attribute('epsilon', 1e-5))
  const product = emit.Mul(d, xhat)
  const column = emit.Reshape(emit.Mul(gain, emit.scalar(1 / n)), [n, 1])
  const centred = emit.Sub(emit.Mul(d, gain), emit.Gemm(d, column))
  const dX = emit.Mul(inv, emit.Sub(centred, emit.Mul(xhat, emit.Gemm(product, column))))
  return [
    emit.Reshape(dX, X!.dims),
    emit.Reshape(emit.unbroadcast(product, [n]), gamma!.dims),
    beta && emit.Reshape(emit.unbroadcast(d, [n]), beta.dims),
  ]
})
