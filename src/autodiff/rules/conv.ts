import { channelSums } from '../channel-sums.ts'
import { defineRule } from '../rule.ts'
import { convolutionOf } from './conv/convolution.ts'
import { inputGradient } from './conv/input-gradient.ts'
import { weightGradient } from './conv/weight-gradient.ts'

/**
 * Y = W ∗ X + B     dB = dY summed over examples and pixels; dX and dW in the form that is fastest for the case.
 * X [N, C, …]   W [O, C/g, …]   B [O], or left out   Y, dY [N, O, …]   any strides, dilations, pads and groups.
 * @throws unsupported-gradient, naming the node, for an auto_pad that ONNX doesn't know.
 * @source ONNX Conv-11; Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.
 */
export const conv = defineRule('Conv', (context) => {
  const { inputs, dY, emit } = context
  const [X, W] = inputs
  if (X === undefined || W === undefined) return []
  const convolution = convolutionOf(context, X.dims, W.dims, dY.dims)
  return [
    inputGradient(emit, convolution, W, dY),
    weightGradient(emit, convolution, X, dY),
    channelSums(emit, dY),
  ]
})
