import type { Metric } from '../metrics/index.ts'
import { differences, type Entry } from './entries.ts'
import { type Paired, paired, rounding } from './statistics.ts'
import type { Cell } from './table.ts'

/** Who leads one column, and how sure that is. */
export interface Standing {
  metric: Metric
  best: Entry
  marks: ReadonlyMap<Entry, NonNullable<Cell['mark']>>
  /** The best minus each other row that shares at least two runs with it, nearest first; in the metric's own unit. */
  against: readonly { entry: Entry; difference: Paired }[]
}

/**
 * The best method of a column, and every row whose paired 95 % interval against it covers 0.
 *
 * Floors and ceilings do not compete, nor does a row with failed runs: dropping those would be selection.
 * `undefined` where the metric has no better end, or nothing to compare.
 */
export function standing(entries: readonly Entry[], metric: Metric): Standing | undefined {
  if (metric.better === 'neither') return undefined
  const sign = metric.better === 'higher' ? 1 : -1
  const meanOf = (entry: Entry) => entry.summaries.get(metric.id)?.mean
  const racing = entries.filter(
    ({ group, summaries }) =>
      group.role === 'method' && group.failed.length === 0 && summaries.get(metric.id) !== undefined,
  )
  if (racing.length < 2) return undefined
  const best = racing.reduce((a, b) => (sign * meanOf(b)! > sign * meanOf(a)! ? b : a))
  const marks = new Map<Entry, NonNullable<Cell['mark']>>([[best, 'best']])
  const against: { entry: Entry; difference: Paired }[] = []
  for (const entry of racing) {
    if (entry === best) continue
    if (Math.abs(meanOf(entry)! - meanOf(best)!) <= rounding) marks.set(entry, 'tied')
    const difference = paired(differences(best, entry, metric.id))
    if (difference === undefined || difference.low === null || difference.high === null) continue
    against.push({ entry, difference })
    if (difference.low <= rounding && difference.high >= -rounding) marks.set(entry, 'tied')
  }
  against.sort((a, b) => Math.abs(a.difference.mean) - Math.abs(b.difference.mean))
  return { metric, best, marks, against }
}
