import { addedAt } from '../gathered-back.ts'
import { defineRule } from '../rule.ts'

/** Y = X at `indices` along `axis`, one index an element     dX = dY added at them onto zeros */
export const gatherElements = defineRule(
  'GatherElements',
  ({ inputs: [X, indices], dY, emit, attribute }) => [
    addedAt(emit, emit.filled(X!.dims, 0), indices!, dY, attribute('axis', 0)),
    undefined,
  ],
)
