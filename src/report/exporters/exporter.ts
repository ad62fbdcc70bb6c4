import type { Report } from '../report.ts'

/** Turns a report into text and decides nothing: digits, order and marks were settled before. */
export interface Exporter {
  readonly name: string
  readonly summary: string
  /** File name ending, without the dot. */
  readonly extension: string
  write(report: Pick<Report, 'suite' | 'tables' | 'rows'>, options?: WriteOptions): string
}

export interface WriteOptions {
  /** Columns of the terminal; default 100. Other formats ignore it. */
  width?: number
  /** Escape codes for bold and dim; default false. Only `terminal` has them. */
  colour?: boolean
}

export function defineExporter(exporter: Exporter): Exporter {
  return exporter
}
