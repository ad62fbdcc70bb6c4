import { addedAt } from '../gathered-back.ts'
import { defineRule } from '../rule.ts'
import { zeros } from '../zeros.ts'

/**
 * Y, indices = the k largest (or smallest) of X along `axis`     dX = dY at the indices, zeros elsewhere
 * @source ONNX TopK-11.
 */
export const topK = defineRule(
  'TopK',
  ({ inputs: [X], outputs: [, indices], dOutputs: [dY], emit, attribute }) => [
    dY && addedAt(emit, zeros(emit, X!.dims), indices!, dY, attribute('axis', -1)),
    undefined,
  ],
)
