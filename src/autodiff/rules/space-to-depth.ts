import { defineRule } from '../rule.ts'

/**
 * Y = X with blocks of b × b pixels laid into channels     dX = DepthToSpace of dY in the mode DCR, its inverse
 * @source ONNX SpaceToDepth-13.
 */
export const spaceToDepth = defineRule('SpaceToDepth', ({ inputs: [X], dY, emit, attribute }) =>
  emit.call('DepthToSpace', [dY], [{ dims: X!.dims }], { blocksize: attribute('blocksize', 1) }),
)
