import { nmc } from '../../../baselines/nmc.ts'
import { broken } from './broken.ts'

/** Divides by a spread of 0. */
export const notANumber = broken('finite', 'not-a-number', nmc, {
  learner: (sound) => ({
    predict: async (images) => ({ nearest: (await sound.predict(images)).nearest.map(() => 0 / 0) }),
  }),
})
