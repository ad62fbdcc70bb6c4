import { naiveHead } from '../../../baselines/naive.head.ts'
import { broken } from './broken.ts'

/** Trains a head, and passes for a method that trains nothing. */
export const undeclaredGradients = broken('gradients-declared', 'undeclared-gradients', naiveHead, {
  needs: { gradients: 'none' },
})
