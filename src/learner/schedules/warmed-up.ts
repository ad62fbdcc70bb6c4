import type { Schedule } from './schedule.ts'

/**
 * Any schedule, climbing to it over the first `warmUp` steps of each task: step n of them gets (n + 1) / warmUp of
 * its rate.
 */
export function warmedUp(schedule: Schedule, warmUp: number): Schedule {
  return {
    name: `${schedule.name}, warmed up`,
    needsHorizon: schedule.needsHorizon,
    rate: (place) => schedule.rate(place) * Math.min(1, (place.step + 1) / Math.max(1, warmUp)),
  }
}
