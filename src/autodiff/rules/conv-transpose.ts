import { channelSums } from '../channel-sums.ts'
import { defineRule } from '../rule.ts'
import { covered, slidingAttributes } from '../window.ts'
import { convolutionOf } from './conv/convolution.ts'
import { weightGradient } from './conv/weight-gradient.ts'

/**
 * A transposed convolution is the gradient of a convolution that reads Y and makes X. So dX = W ∗ dY, and dW is
 * that convolution's with X and dY exchanged.
 * X [N, C, …]   W [C, O/g, …]   B [O], or left out   Y, dY [N, O, …]
 * @throws unsupported-gradient, naming the node, for an `output_shape` or an automatic padding, and for an
 * `output_padding` as long as the stride.
 * @source ONNX ConvTranspose-11.
 */
export const convTranspose = defineRule('ConvTranspose', (context) => {
  const { node, inputs, dY, emit, attribute, refuse } = context
  const [X, W] = inputs
  if (X === undefined || W === undefined) return []
  if (node.attributes?.output_shape !== undefined) refuse('its output_shape is given; pads are known')
  const automatic = attribute<string>('auto_pad', 'NOTSET')
  if (automatic.startsWith('SAME')) refuse(`auto_pad is ${automatic}; NOTSET and VALID are known`)

  const convolution = convolutionOf(context, dY.dims, W.dims, X.dims)
  for (const [axis, stride] of convolution.strides.entries()) {
    const { input, before, after } = convolution
    const padding = input[axis] + before[axis] + after[axis] - covered(convolution, axis)
    if (padding >= stride) refuse(`output_padding is ${padding}; less than the stride of ${stride} is known`)
  }
  const attributes = { ...slidingAttributes(convolution), group: convolution.groups }
  const [dX] = emit.call('Conv', [dY, W], [{ dims: X.dims }], attributes)
  return [dX, weightGradient(emit, convolution, dY, X), channelSums(emit, dY)]
})
