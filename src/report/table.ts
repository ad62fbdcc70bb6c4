import type { Evaluations } from '../metrics/index.ts'

/**
 * A table that every exporter writes and none decides about: digits, order, marks and notes are settled here.
 */
export interface Table {
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
  mark?: 'best' | 'tied'
}

/** What a figure needs: accuracy over tasks, one curve a method. */
export type Curves = readonly { label: string; role: Row['role']; evaluations: readonly Evaluations[] }[]
