import { nmc } from '../../../baselines/nmc.ts'
import { broken } from './broken.ts'

/** Says how much less likely a class is than the likeliest of the whole batch. */
export const scoresByCompany = broken('company', 'scores-by-company', nmc, {
  learner: (sound) => ({
    async predict(images) {
      const { nearest } = await sound.predict(images)
      const most = nearest.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
      return { nearest: nearest.map((score) => score - most) }
    },
  }),
})
