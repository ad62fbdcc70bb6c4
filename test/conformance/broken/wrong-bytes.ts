import type { ClassMeans } from 'streambed'
import { nmc } from '../../../baselines/nmc.ts'
import { broken } from './broken.ts'

/** Says what its means take, and forgets the counts. */
export const wrongBytes = broken('state-bytes', 'wrong-bytes', nmc, {
  learner(sound, { backbone }) {
    const means = sound.parts.means as ClassMeans
    return { parts: { means: { ...means, bytes: () => 4 * backbone.dimension } as ClassMeans } }
  },
})
