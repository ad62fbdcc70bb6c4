import { defineRule } from '../rule.ts'

/**
 * Y = X, as in inference     dX = dY. The runtime's own random masks could not be resumed, so a Dropout that trains is
 * refused: masks are fed, as a product (see the rewriting of dropout).
 * @throws unsupported-gradient when training_mode is true or computed.
 * @source ONNX Dropout-13.
 */
export const dropout = defineRule('Dropout', ({ inputs: [, , training], dY, constant, refuse }) => {
  if (training !== undefined && Number(constant(training)?.data[0] ?? 1) !== 0) {
    refuse('it drops values by a mask of its own (training_mode), which cannot be resumed')
  }
  return [dY, undefined, undefined]
})
