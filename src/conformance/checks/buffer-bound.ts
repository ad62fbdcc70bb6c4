import { type BoundedPart, boundedParts } from '../bounded-parts.ts'
import { defineCheck } from '../check.ts'

/** After every step, of every part with a `capacity` and a `length`. */
export const bufferBound = defineCheck({
  name: 'buffer-bound',
  promise: 'never keeps more exemplars than its bound',
  eye: () => ({
    stepped({ parts }) {
      const over = Object.entries(boundedParts(parts)).find(([, { length, capacity }]) => length > capacity)
      return over && text(over)
    },
  }),
  async of(subject) {
    const { learner } = await subject.learner()
    const none = Object.keys(boundedParts(learner.parts)).length === 0
    return none ? { silent: 'none of its parts has a capacity and a length' } : undefined
  },
})

function text([name, { length, capacity }]: [string, BoundedPart]): string {
  return `${name} holds ${length}, and its capacity is ${capacity}`
}
