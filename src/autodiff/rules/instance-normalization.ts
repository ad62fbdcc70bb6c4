import { normalisedChannels } from '../normalised-channels.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = (X − mean)·γ/√(variance + epsilon) + β, each channel of each example by itself: see normalised-channels for dX, dγ
 * and dβ.
 * X [N, C, …]   γ, β [C]. PyTorch's GroupNorm arrives as this between two Reshapes, with γ = 1.
 * @source ONNX InstanceNormalization-6; Ulyanov et al., "Instance Normalization", 2016. arXiv:1607.08022
 */
export const instanceNormalization = defineRule('InstanceNormalization', (context) =>
  normalisedChannels(context, context.inputs[0]!.dims[1]),
)
