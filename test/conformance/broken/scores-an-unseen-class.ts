import { nmc } from '../../../baselines/nmc.ts'
import { broken } from './broken.ts'

/** Has a column for the class that comes next. */
export const scoresAnUnseenClass = broken('seen-classes', 'scores-an-unseen-class', nmc, {
  learner: (sound) => ({
    async predict(images) {
      const { nearest } = await sound.predict(images)
      return { nearest: nearest.length === 0 ? nearest : new Float32Array(nearest.length + images.length) }
    },
  }),
})
