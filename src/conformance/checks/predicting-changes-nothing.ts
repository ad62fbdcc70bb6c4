import { defineCheck } from '../check.ts'
import { difference } from '../difference.ts'
import { savedParts } from '../saved-parts.ts'

/** Neither what it keeps, nor what it says next, nor how it goes on learning. */
export const predictingChangesNothing = defineCheck({
  name: 'predicting-changes-nothing',
  promise: 'is the same after predicting as before',
  after: ['same-seed'],
  eye: () => ({
    async asked({ learner, images, scores }) {
      const before = savedParts(learner)
      const again = await learner.predict(images)
      const after = savedParts(learner)
      return difference(before, after, 'state') ?? difference(scores, again, 'scores of the same images')
    },
  }),
  async of(subject) {
    const [asked, plain] = [await subject.curious(), await subject.base()]
    const found =
      difference(plain.answers, asked.answers, 'scores') ?? difference(plain.parts, asked.parts, 'state')
    return found && `asked more often, it goes on otherwise: ${found}`
  },
})
