import { knn } from '../../../baselines/knn.ts'
import { broken } from './broken.ts'

/** Shares its exemplars out among the classes, and takes it that there are enough. */
export const needsOneOfEachClass = broken('small-buffer', 'needs-one-of-each-class', knn, {
  learner(sound, { options: { exemplars } }) {
    let seen = 0
    return {
      newClasses(classes) {
        seen += classes.length
        if (Math.floor(exemplars / seen) === 0) throw new RangeError('Invalid array length')
        sound.newClasses?.(classes)
      },
    }
  },
})
