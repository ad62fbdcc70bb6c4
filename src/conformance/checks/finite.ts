import { defineCheck } from '../check.ts'

export const finite = defineCheck({
  name: 'finite',
  promise: 'scores with finite numbers, and its losses are finite',
  errors: ['scores-not-finite', 'loss-not-finite'],
  eye: () => ({
    asked({ scores }) {
      for (const [name, of] of Object.entries(scores)) {
        const wrong = of.find((score) => !Number.isFinite(score))
        if (wrong !== undefined) return `${name}: a score is ${wrong}`
      }
    },
  }),
})
