import { defineRule } from '../rule.ts'

/**
 * Y = X [N, C·b·b, H, W] with its channels laid out as blocks of b × b pixels [N, C, H·b, W·b]
 *
 * dX = dY folded back: SpaceToDepth in the mode DCR, its inverse; a Reshape and a Transpose in the mode CRD.
 * @source ONNX DepthToSpace-13.
 */
export const depthToSpace = defineRule('DepthToSpace', ({ inputs: [X], dY, emit, attribute }) => {
  const block = attribute('blocksize', 1)
  if (attribute<string>('mode', 'DCR') === 'DCR') {
    return emit.call('SpaceToDepth', [dY], [{ dims: X!.dims }], { blocksize: block })
  }
  const [batch, depth, height, width] = X!.dims as [number, number, number, number]
  const channels = depth / (block * block)
  const blocks = emit.Reshape(dY, [batch, channels, height, block, width, block])
  return [emit.Reshape(emit.Transpose(blocks, [0, 1, 3, 5, 2, 4]), X!.dims)]
})
