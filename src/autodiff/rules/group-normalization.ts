import { normalisedChannels } from '../normalised-channels.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = (X − mean)·γ/√(variance + epsilon) + β, each of G groups of channels of each example by itself: see
 * normalised-channels for dX, dγ and dβ.
 * X [N, C, …]   γ, β [G], one a group: the operator as it was before opset 21.
 * @throws unsupported-gradient when γ is not one number a group.
 * @source ONNX GroupNormalization-18; Wu and He, "Group Normalization", ECCV 2018. arXiv:1803.08494
 */
export const groupNormalization = defineRule('GroupNormalization', (context) => {
  const groups = context.attribute('num_groups', 1)
  const [gains] = context.inputs[1]!.dims
  if (gains !== groups) context.refuse(`it has ${gains} gains for ${groups} groups`)
  return normalisedChannels(context, groups)
})
