import type { RunRecord } from '../record/index.ts'
import { needsOf } from './groups.ts'

/** What one run cost. Operations and state are counted (facts); seconds and peak memory were measured on its machine. */
export interface Cost {
  /** The most parameters trained at once; 0 for a method without gradients. */
  parametersTrained: number | null
  flopsTrain: number | null
  flopsEmbed: number | null
  flopsPredictPerImage: number | null
  secondsCpu: number | null
  secondsWall: number | null
  peakRssBytes: number | null
  stateBytes: number | null
}

export const costKeys = [
  'parametersTrained',
  'flopsTrain',
  'flopsEmbed',
  'flopsPredictPerImage',
  'secondsCpu',
  'secondsWall',
  'peakRssBytes',
  'stateBytes',
] as const satisfies readonly (keyof Cost)[]

/** `null` for what the record does not hold, for example every second of a record without measurements. */
export function costOf(record: RunRecord): Cost {
  const end = record.events.findLast((event) => event.kind === 'finished')
  const { secondsCpu, secondsWall, peakRssBytes } = measured(record)
  const trainsNothing = needsOf(record.manifest).gradients === 'none'
  return {
    parametersTrained: end?.compute.parametersTrained ?? (end && trainsNothing ? 0 : null),
    flopsTrain: end?.compute.flopsTrain ?? null,
    flopsEmbed: end?.compute.flopsEmbed ?? null,
    flopsPredictPerImage: end?.compute.flopsPredictPerImage ?? null,
    secondsCpu,
    secondsWall,
    peakRssBytes,
    stateBytes: end?.stateBytes ?? null,
  }
}

/** Mean over runs, key by key; `null` where any run lacks the number, since the rest would be another mean. */
export function meanCost(costs: readonly Cost[]): Cost {
  const means = costKeys.map((key) => {
    const values = costs.map((cost) => cost[key])
    const sum = values.reduce<number | null>(
      (total, v) => (total === null || v === null ? null : total + v),
      0,
    )
    return [key, sum === null || values.length === 0 ? null : sum / values.length]
  })
  return Object.fromEntries(means) as unknown as Cost
}

/**
 * All attempts together. Each line of an attempt holds what it had spent so far, so its last line counts: its end, or
 * the last task finished by one that died.
 */
function measured(record: RunRecord): Pick<Cost, 'secondsCpu' | 'secondsWall' | 'peakRssBytes'> {
  const lines = record.measurements.filter((line) => line.kind !== 'start')
  if (lines.length === 0) return { secondsCpu: null, secondsWall: null, peakRssBytes: null }
  const attempts = [...new Map(lines.map((line) => [line.attempt, line])).values()]
  return {
    secondsCpu: attempts.reduce((sum, line) => sum + line.secondsCpu, 0),
    secondsWall: attempts.reduce((sum, line) => sum + line.secondsWall, 0),
    peakRssBytes: Math.max(...lines.map((line) => line.peakRssBytes)),
  }
}
