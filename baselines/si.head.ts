import { headOf } from 'streambed'
import { si } from './si.ts'

/**
 * Synaptic intelligence in front of a frozen backbone: `si` with only a head to train, and to hold.
 *
 * @source Zenke et al., "Continual Learning Through Synaptic Intelligence", ICML 2017. arXiv:1703.04200
 */
export const siHead = headOf(si, {
  summary: 'a linear head, its weights held by what each did for the loss',
  options: { learningRate: 0.03 },
})
