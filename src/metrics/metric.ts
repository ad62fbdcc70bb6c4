import type { Evaluations } from './evaluations.ts'

/** One number with a permanent id, read from a record. Ids are `quantity.kind@definition` and never change. */
export interface Metric {
  readonly id: string
  readonly title: string
  readonly symbol: string
  /** Plain-text equation. */
  readonly formula: string
  readonly range: readonly [number, number]
  readonly better: 'higher' | 'lower' | 'neither'
  /** The paper. */
  readonly source: string
  /** Which papers and libraries print this definition, and under what name. */
  readonly printedBy: string
  /** When that happens, in words for below a table. */
  readonly undefinedWhen?: string
  /** `undefined` where it does not exist; shown as – and never as 0. */
  of(evaluations: Evaluations): number | undefined
}

export function defineMetric(metric: Metric): Metric {
  return metric
}
