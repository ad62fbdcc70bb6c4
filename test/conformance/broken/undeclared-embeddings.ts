import { naive } from '../../../baselines/naive.ts'
import { aroundStep } from './around-step.ts'
import { broken } from './broken.ts'

/** Trains the network, and looks at what the frozen one makes of its images without saying so. */
export const undeclaredEmbeddings = broken('embeddings-declared', 'undeclared-embeddings', naive, {
  learner: (sound, { backbone }) =>
    aroundStep(sound, async ({ images }, _place, step) => {
      await backbone.embed(images)
      return step()
    }),
})
