import { defineCheck } from '../check.ts'
import { difference } from '../difference.ts'
import { rowOf } from '../row-of.ts'

/** The first image of a batch has the same scores alone, with one other, and with all others. */
export const company = defineCheck({
  name: 'company',
  promise: 'answers for an image whatever other images come with it',
  after: ['predicting-changes-nothing'],
  eye: () => ({
    async asked({ learner, images: { length }, seen, pick }) {
      for (let i = 0; i < length; i += 5) {
        const alone = rowOf(await learner.predict(pick([i])), 0, seen.length)
        const all = [i, ...Array.from({ length }, (_, at) => at).filter((at) => at !== i)]
        for (const batch of [[i, (i + 1) % length], all]) {
          const together = rowOf(await learner.predict(pick(batch)), 0, seen.length)
          const found = difference(alone, together, 'scores')
          if (found !== undefined) return `alone, and as the first of ${batch.length}: ${found}`
        }
      }
    },
  }),
})
