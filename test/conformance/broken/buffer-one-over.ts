import { nmc } from '../../../baselines/nmc.ts'
import { aroundStep } from './around-step.ts'
import { broken } from './broken.ts'
import { keptList } from './kept-list.ts'

/** Throws one away when there is one too many, but counts before it adds. */
export const bufferOneOver = broken('buffer-bound', 'buffer-one-over', nmc, {
  needs: { memory: 'embeddings' },
  learner(sound, { backbone }) {
    const buffer = keptList({ capacity: 24, rowSize: backbone.dimension }, (kept, exemplar) => {
      if (kept.length > 24) kept.shift()
      kept.push(exemplar)
    })
    return {
      ...aroundStep(sound, async ({ images, labels }, _place, step) => {
        buffer.offer(await backbone.embed(images), labels)
        return step()
      }),
      parts: { ...sound.parts, buffer },
    }
  },
})
