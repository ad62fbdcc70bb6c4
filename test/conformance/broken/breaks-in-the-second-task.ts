import { nmc } from '../../../baselines/nmc.ts'
import { broken } from './broken.ts'

/** Takes it that all tasks are as large as the first. */
export const breaksInTheSecondTask = broken('comes-to-its-end', 'breaks-in-the-second-task', nmc, {
  learner: (sound) => ({
    newClasses(classes) {
      if (classes.length !== 2) throw new RangeError(`a task of ${classes.length} classes, not 2`)
      sound.newClasses?.(classes)
    },
  }),
})
