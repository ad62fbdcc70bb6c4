import type { FisherInformation } from 'streambed'
import { ewc } from '../../../baselines/ewc.ts'
import { broken } from './broken.ts'

/** Takes the gradient of the sum of two batches for that of their mean. */
export const fisherTwiceAsLarge = broken('fisher', 'fisher-twice-as-large', ewc, {
  learner(sound) {
    const fisher = sound.parts.fisher as FisherInformation
    const { take } = fisher
    fisher.take = () => take().map((value) => 2 * value)
    return {}
  },
})
