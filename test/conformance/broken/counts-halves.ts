import { nmc } from '../../../baselines/nmc.ts'
import { broken } from './broken.ts'

/** Estimates its operations by a factor. */
export const countsHalves = broken('operations', 'counts-halves', nmc, {
  context: (context) => ({ ...context, count: (operations) => context.count(operations * 1.37) }),
})
