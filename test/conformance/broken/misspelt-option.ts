import { naiveHead } from '../../../baselines/naive.head.ts'
import { aroundStep } from './around-step.ts'
import { broken } from './broken.ts'

/** Reads an option by a name that it does not have: whatever a suite says, it is the default. */
export const misspeltOption = broken('options-declared', 'misspelt-option', naiveHead, {
  learner(sound, { options }) {
    const { stepsOfWarmUp = 0 } = options as { stepsOfWarmUp?: number }
    return aroundStep(sound, (_batch, { overall }, step) => (overall < stepsOfWarmUp ? undefined : step()))
  },
})
