import { naiveHead } from '../../../baselines/naive.head.ts'
import { aroundStep } from './around-step.ts'
import { broken } from './broken.ts'

/** Skips steps by a chance that is not among its parts: a resumed run begins it anew. */
export const unsavedChance = broken('resume', 'unsaved-chance', naiveHead, {
  learner(sound, { random }) {
    const chance = random('skipping')
    return aroundStep(sound, (_batch, _place, step) => (chance.float() < 0.5 ? undefined : step()))
  },
})
