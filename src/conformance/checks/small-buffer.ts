import { StreambedError } from '../../error.ts'
import { defineCheck } from '../check.ts'

/** Fewer exemplars than classes, and none. */
const sizes = [5, 0]

/** What becomes of a class without an exemplar is the method's affair, so long as it goes on, or says beforehand that it can't. */
export const smallBuffer = defineCheck({
  name: 'small-buffer',
  promise: 'goes on with fewer exemplars than classes and with none, or refuses such a number in words',
  silent: ({ method }) =>
    typeof method.options.exemplars === 'number' ? undefined : 'it has no option “exemplars”',
  async of(subject) {
    for (const exemplars of sizes) {
      try {
        const { answers } = await subject.journey({ options: { exemplars } })
        const scores = answers.flatMap((answer) => Object.values(answer.scores))
        if (!scores.every((of) => of.every(Number.isFinite)))
          return `with ${exemplars} exemplars a score is not finite`
      } catch (error) {
        // A refusal, and no failure in the middle of a run.
        if (error instanceof StreambedError && error.exit === 2) continue
        return `with ${exemplars} exemplars: ${(error as Error).message}`
      }
    }
  },
})
