import type { Network } from 'streambed'
import { naiveHead } from '../../../baselines/naive.head.ts'
import { broken } from './broken.ts'

/** Puts an aligned head in place of its own to predict, and leaves it there. */
export const oldHeadNotRestored = broken('predicting-changes-nothing', 'old-head-not-restored', naiveHead, {
  learner(sound) {
    const network = sound.parts.network as Network
    return {
      async predict(images) {
        if (network.labels.length > 0)
          await network.setHead((await network.head()).map((weight) => 0.9 * weight))
        return sound.predict(images)
      },
    }
  },
})
