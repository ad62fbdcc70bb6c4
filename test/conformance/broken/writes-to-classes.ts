import { nmc } from '../../../baselines/nmc.ts'
import { broken } from './broken.ts'

/** Takes the new classes off the list that announces them. */
export const writesToClasses = broken('inputs-untouched', 'writes-to-classes', nmc, {
  learner: (sound) => ({
    newClasses(classes) {
      const list = classes as number[]
      while (list.length > 0) sound.newClasses?.([list.shift()!])
    },
  }),
})
