import { nmc } from '../../../baselines/nmc.ts'
import { broken } from './broken.ts'

/** Would be run with five seeds, and have no spread. */
export const noSeedAtAll = broken('another-seed', 'no-seed-at-all', nmc, { needs: { seeded: true } })
