import { chance } from '../../tensor/index.ts'
import { defineCheck } from '../check.ts'
import { difference } from '../difference.ts'
import { rowOf } from '../row-of.ts'

/** The same images in another order have the same scores. */
export const anyOrder = defineCheck({
  name: 'any-order',
  promise: 'answers for images in any order',
  after: ['predicting-changes-nothing'],
  eye: () => ({
    async asked({ learner, images, scores, seen, pick }) {
      const order = chance('conformance', 'order').permutation(images.length)
      const shuffled = await learner.predict(pick(order))
      for (const [at, i] of order.entries()) {
        const found = difference(rowOf(scores, i, seen.length), rowOf(shuffled, at, seen.length), 'scores')
        if (found !== undefined) return `as image ${i + 1} of a batch, and as image ${at + 1}: ${found}`
      }
    },
  }),
})
