import { knn } from '../../../baselines/knn.ts'
import { broken } from './broken.ts'

/** Stores every example, and declares to store none. */
export const undeclaredMemory = broken('memory-declared', 'undeclared-memory', knn, {
  needs: { memory: 'none' },
})
