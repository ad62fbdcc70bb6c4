import { projections } from 'streambed'
import { agemHead } from '../../../baselines/agem.head.ts'
import { broken } from './broken.ts'

/** Says of a projection that it was made, and follows a gradient that goes the other way. */
export const stepsAgainstAReference = broken('projection', 'steps-against-a-reference', agemHead, {
  learner(sound) {
    const network = sound.parts.network as import('streambed').Network
    const { gradients } = network
    network.gradients = async (...asked) => {
      const found = await gradients(...asked)
      const against = found.gradients.map((value) => -value)
      projections.publish({ gradient: against, references: [found.gradients], slack: [] })
      return found
    }
    return {}
  },
})
