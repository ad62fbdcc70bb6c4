import { nmc } from '../../../baselines/nmc.ts'
import { aroundStep } from './around-step.ts'
import { broken } from './broken.ts'

/** Counts its steps in a variable, and says more loudly what it has seen more of. */
export const stateNotSaved = broken('resume', 'state-not-saved', nmc, {
  learner(sound) {
    let steps = 0
    return {
      ...aroundStep(sound, (_batch, _place, step) => {
        steps++
        return step()
      }),
      async predict(images) {
        const { nearest } = await sound.predict(images)
        return { nearest: nearest.map((score) => score * steps) }
      },
    }
  },
})
