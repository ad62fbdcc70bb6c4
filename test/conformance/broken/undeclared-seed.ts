import { naiveHead } from '../../../baselines/naive.head.ts'
import { broken } from './broken.ts'

/** Would be run with one seed, as if there were no others. */
export const undeclaredSeed = broken('another-seed', 'undeclared-seed', naiveHead, {
  needs: { seeded: false },
})
