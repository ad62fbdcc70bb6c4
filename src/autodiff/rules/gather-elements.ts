import { addedAt } from '../gathered-back.ts'
import { defineRule } from '../rule.ts'
import { zeros } from '../zeros.ts'

/**
 * Y = X at `indices` along `axis`, one index an element     dX = dY added at them onto zeros
 * @source ONNX GatherElements-13.
 */
export const gatherElements = defineRule(
  'GatherElements',
  ({ inputs: [X, indices], dY, emit, attribute }) => [
    addedAt(emit, zeros(emit, X!.dims), indices!, dY, attribute('axis', 0)),
    undefined,
  ],
)
