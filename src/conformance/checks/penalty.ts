import { defineCheck } from '../check.ts'
import { difference } from '../difference.ts'

/** What options are called that weigh a term of a loss; 0 leaves the term out. */
const weights = ['lambda', 'alpha', 'beta', 'c', 'strength', 'distillation']

/** The commonest silent mistake: a penalty that compares the weights with themselves. */
export const penalty = defineCheck({
  name: 'penalty',
  promise: `learns otherwise without its penalty (${weights.join(', ')} at 0)`,
  after: ['same-seed'],
  async of(subject) {
    const { method, options, level } = subject
    if (method.needs.gradients === 'none') return { silent: 'it follows no gradient' }
    const there = weights.filter((name) => typeof method.options[name] === 'number')
    if (there.length === 0) return { silent: `none of its options is called ${weights.join(', ')}` }
    for (const name of there) {
      const usual = (options[name] ?? method.options[name]) as number
      const weighed = usual === 0 ? await subject.journey({ options: { [name]: 1 } }) : await subject.base()
      const without = usual === 0 ? await subject.base() : await subject.journey({ options: { [name]: 0 } })
      if (difference(weighed.answers, without.answers) === undefined) {
        // Distillation, for one, has nothing to hold in a head whose old columns nothing else moves.
        if (level === 'embeddings' && method.needs.gradients === 'backbone') {
          return { silent: `${name} makes no difference to a head alone; its networks tell` }
        }
        return `${name} makes no difference: at ${usual === 0 ? 1 : usual} all scores are those at 0, to the bit`
      }
    }
  },
})
