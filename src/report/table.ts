import type { Evaluations } from '../metrics/index.ts'

/**
 * A table that every exporter writes and none decides about: digits, order, marks and notes are settled here.
 */
export interface Table {
  /** For file names: `split-cifar100-b0-inc10-vit-tiny`. */
  name: string
  title: string
  suite: { name: string; id: string }
  columns: readonly Column[]
  rows: readonly Row[]
  /** Below the table, in order: metric ids, seeds, floors and ceiling, anything unusual. */
  notes: readonly string[]
}

export interface Column {
  key: string
  /** Short head, for example `Last accuracy ↑`. */
  title: string
  /** A metric id, or a compute field, or undefined for row labels. */
  metric?: string
  align: 'left' | 'right'
  /** Only for formats that a program reads (CSV): it would crowd a printed table. */
  detail?: true
  /** Its cells carry a spread, which CSV writes in columns of its own. */
  spread?: true
}

export interface Row {
  role: 'method' | 'floor' | 'ceiling'
  cells: readonly Cell[]
}

export interface Cell {
  /** As printed: `69.06 ± 0.12`, `–`, `failed 1 of 3`. */
  text: string
  /** The number behind it (0 … 1 for shares), or null. */
  value: number | null
  /** In the value's unit; each `null` for a single run. */
  spread?: { sd: number | null; low: number | null; high: number | null }
  mark?: 'best' | 'tied'
}

/** What a figure needs: accuracy over tasks, one curve a method. */
export type Curves = readonly { label: string; role: Row['role']; evaluations: readonly Evaluations[] }[]

/** Columns for people, and each row's cells under them. */
export function printed(table: Table): {
  columns: readonly Column[]
  rows: readonly { role: Row['role']; cells: readonly Cell[] }[]
} {
  const shown = table.columns.map((column) => column.detail !== true)
  return {
    columns: table.columns.filter((_, k) => shown[k]),
    rows: table.rows.map(({ role, cells }) => ({ role, cells: cells.filter((_, k) => shown[k]) })),
  }
}
