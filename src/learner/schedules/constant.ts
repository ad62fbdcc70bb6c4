import type { Schedule } from './schedule.ts'

/** The same rate throughout. */
export function constant({ peak }: { peak: number }): Schedule {
  return { name: 'constant', needsHorizon: false, rate: () => peak }
}
