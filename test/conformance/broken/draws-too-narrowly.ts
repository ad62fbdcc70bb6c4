import type { ClassGaussians } from 'streambed'
import { slcaHead } from '../../../baselines/slca.head.ts'
import { broken } from './broken.ts'

/** Multiplies by a variance where a deviation belongs. */
export const drawsTooNarrowly = broken('moments', 'draws-too-narrowly', slcaHead, {
  learner(sound) {
    const statistics = sound.parts.statistics as ClassGaussians
    const { draw } = statistics
    statistics.draw = async (options) => {
      const drawn = await draw(options)
      return { ...drawn, rows: drawn.rows.map((value) => 0.8 * value) }
    }
    return {}
  },
})
