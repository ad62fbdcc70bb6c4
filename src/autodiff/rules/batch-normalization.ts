import { channelDots, channelSums, perChannel } from '../channel-sums.ts'
import { defineRule } from '../rule.ts'

/**
 * Frozen: Y = (X − mean)·inv·γ + β, inv = 1/√(variance + epsilon), with statistics that do not come from X:
 *
 *   dX = dY·γ·inv     dβ = Σ dY     dγ = inv·Σ dY·(X − mean)
 *   dmean = −γ·inv·dβ     dvariance = −½·γ·inv²·dγ
 *
 * X, Y, dY [N, C, …]   the others [C]; sums over examples and pixels. X − mean is formed and not taken out of
 * the sum, which would cancel where the mean is far greater than the deviation.
 * @throws unsupported-gradient, naming the node, in training mode: `lowered` spells that out first.
 * @source ONNX BatchNormalization-15; Ioffe and Szegedy, "Batch Normalization", 2015. arXiv:1502.03167
 */
export const batchNormalization = defineRule(
  'BatchNormalization',
  ({ inputs, dY, emit, attribute, refuse }) => {
    const [X, gamma, beta, mean, variance] = inputs
    if (attribute<number>('training_mode', 0) !== 0)
      refuse('it is in training mode and was not spelt out before')
    if (!X || !gamma || !beta || !mean || !variance) return refuse('one of its five inputs is left out')
    const inv = emit.Reciprocal(emit.Sqrt(emit.Add(variance, emit.scalar(attribute('epsilon', 1e-5)))))
    const gain = emit.Mul(gamma, inv)
    const dBeta = channelSums(emit, dY)
    const centred = emit.Sub(X, perChannel(emit, mean, X))
    const dGamma = emit.Mul(inv, channelDots(emit, dY, centred))
    return [
      emit.Mul(dY, perChannel(emit, gain, X)),
      dGamma,
      dBeta,
      emit.Neg(emit.Mul(gain, dBeta)),
      emit.Mul(emit.scalar(-0.5), emit.Mul(emit.Mul(gain, inv), dGamma)),
    ]
  },
)
