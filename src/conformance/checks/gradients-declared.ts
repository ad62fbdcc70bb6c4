import { defineCheck } from '../check.ts'

export const gradientsDeclared = defineCheck({
  name: 'gradients-declared',
  promise: 'trains a network only if it says so (needs.gradients)',
  silent: ({ method: { needs } }) =>
    needs.gradients === 'none' ? undefined : `its gradient goes into the ${needs.gradients}`,
  eye: () => ({
    trained: (parameters) => (parameters > 0 ? `it trains ${parameters} parameters` : undefined),
  }),
})
