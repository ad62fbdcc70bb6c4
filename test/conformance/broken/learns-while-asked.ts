import { nmc } from '../../../baselines/nmc.ts'
import { broken } from './broken.ts'

/** Remembers, out of sight, how often it was asked. */
export const learnsWhileAsked = broken('predicting-changes-nothing', 'learns-while-asked', nmc, {
  learner(sound) {
    let asked = 0
    return {
      async predict(images) {
        const { nearest } = await sound.predict(images)
        asked += images.length
        return { nearest: nearest.map((score) => score + asked) }
      },
    }
  },
})
