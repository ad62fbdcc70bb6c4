import { sizeOf } from '../../tensor/index.ts'
import { axisOf } from '../axes.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = X̂·γ, X̂ = X·inv, inv = 1/√(mean X² + epsilon), over the axes from `axis` on (n values a row): LayerNormalization
 * without its means.
 *
 *   g = dY·γ     dX = inv·(g − X̂·mean(g·X̂))     dγ = Σ dY·X̂, over all rows
 *
 * The runtime recognises it from its pieces; ONNX has it as RMSNormalization since opset 23.
 * @throws unsupported-gradient when γ is not of the normalised shape, or a gradient arrives at the second output (inv).
 * @source ONNX RMSNormalization-23; Zhang and Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019. arXiv:1910.07467
 */
export const simplifiedLayerNormalization = defineRule(
  'SimplifiedLayerNormalization',
  ({ inputs: [X, gamma], dY, dOutputs, emit, attribute, refuse }) => {
    const normalised = X!.dims.slice(axisOf(attribute('axis', -1), X!.dims.length))
    const n = sizeOf(normalised)
    if (sizeOf(gamma!.dims) !== n) {
      refuse(`it normalises [${normalised.join(', ')}] with a gain of [${gamma!.dims.join(', ')}]`)
    }
    if (dOutputs[1]) refuse('its inverse deviation is used for more than the result')
    const flat = [sizeOf(X!.dims) / n, n]
    const d = emit.Reshape(dY, flat)
    const x = emit.Reshape(X!, flat)
    const gain = emit.Reshape(gamma!, [n])
    const mean = emit.Gemm(emit.Mul(x, x), emit.filled([n, 1], 1 / n))
    const inv = emit.Reciprocal(emit.Sqrt(emit.Add(mean, emit.scalar(attribute('epsilon', 1e-5)))))
    const xhat = emit.Mul(x, inv)
    const product = emit.Mul(d, xhat)
    const column = emit.Reshape(emit.Mul(gain, emit.scalar(1 / n)), [n, 1])
    const dX = emit.Mul(inv, emit.Sub(emit.Mul(d, gain), emit.Mul(xhat, emit.Gemm(product, column))))
    return [emit.Reshape(dX, X!.dims), emit.Reshape(emit.unbroadcast(product, [n]), gamma!.dims)]
  },
)
