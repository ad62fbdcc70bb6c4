import { nmc } from '../../../baselines/nmc.ts'
import { broken } from './broken.ts'

/** Breaks ties by a chance that no seed determines. */
export const chanceOfItsOwn = broken('same-seed', 'chance-of-its-own', nmc, {
  learner: (sound) => ({
    predict: async (images) => ({
      nearest: (await sound.predict(images)).nearest.map((score) => score + 1e-3 * Math.random()),
    }),
  }),
})
