import { nmc } from '../../../baselines/nmc.ts'
import { broken } from './broken.ts'
import { keptList } from './kept-list.ts'

/** Calls itself a reservoir, and lets every second example in. */
export const favoursTheNewest = broken('buffer-uniform', 'favours-the-newest', nmc, {
  needs: { memory: 'embeddings' },
  learner(sound, { backbone, random }) {
    const chance = random('buffer')
    const buffer = keptList(
      { capacity: 24, rowSize: backbone.dimension, isUniform: true },
      (kept, exemplar) => {
        if (kept.length < 24) kept.push(exemplar)
        else if (chance.float() < 0.5) kept[chance.below(24)] = exemplar
      },
    )
    return { parts: { ...sound.parts, buffer } }
  },
})
