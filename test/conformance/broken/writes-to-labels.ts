import { nmc } from '../../../baselines/nmc.ts'
import { aroundStep } from './around-step.ts'
import { broken } from './broken.ts'

/** Sorts the labels that it was lent, when it is done with them. */
export const writesToLabels = broken('inputs-untouched', 'writes-to-labels', nmc, {
  learner: (sound) =>
    aroundStep(sound, async ({ labels }, _place, step) => {
      const report = await step()
      labels.sort().reverse()
      return report
    }),
})
