import { sizeOf } from '../../tensor/index.ts'
import { channelDots, channelSums, perChannel } from '../channel-sums.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = c·inv·γ + β, c = X − mean, with mean and variance taken from X itself, over M examples and pixels:
 *
 *   dX = γ·inv·(dY − dβ/M − c·inv·dγ/M)     dγ = inv·Σ dY·c     dβ = Σ dY
 *
 * X, c, Y, dY [N, C, …]   γ, β [C]   inv [1, C, 1 …]. The node is virtual: `lowered` puts it over the nodes into which
 * it spells out a BatchNormalization in training mode, and hands on c and inv from there.
 * @source Ioffe and Szegedy, "Batch Normalization", 2015, section 3. arXiv:1502.03167
 */
export const trainingBatchNormalization = defineRule(
  'TrainingBatchNormalization',
  ({ inputs: [X, gamma, , centred, inv], dY, emit, refuse }) => {
    if (!X || !gamma || !centred || !inv) return refuse('one of its five inputs is left out')
    const share = emit.scalar(X.dims[1] / sizeOf(X.dims)) // 1 / M
    const dBeta = channelSums(emit, dY)
    const dGamma = emit.Mul(channelDots(emit, dY, centred), emit.Reshape(inv, gamma.dims))
    const steepness = emit.Mul(inv, perChannel(emit, emit.Mul(dGamma, share), X))
    const along = emit.Mul(centred, steepness)
    const level = emit.Sub(dY, perChannel(emit, emit.Mul(dBeta, share), X))
    const scale = emit.Mul(perChannel(emit, gamma, X), inv)
    return [emit.Mul(scale, emit.Sub(level, along)), dGamma, dBeta]
  },
  'streambed',
)
