import type { Cell, Column } from '../table.ts'
import { defineExporter } from './exporter.ts'

/**
 * RFC 4180: a header row, CRLF ends, quotes only around a cell that needs them. Numbers are whole, in base units
 * (shares 0 … 1, operations, seconds, bytes); mean, sd and the interval's ends have columns of their own; a number
 * that does not exist is an empty cell.
 *
 * Text that a spreadsheet would run as a formula gets an apostrophe in front (see `plainCsvText`).
 */
export const csv = defineExporter({
  name: 'csv',
  summary: 'Comma-separated values, every number in full',
  extension: 'csv',
  write: ({ tables }) => {
    const lines: string[] = []
    let head = ''
    for (const table of tables) {
      // Tables of one report have the same columns; should they ever differ, the new head is written.
      const own = table.columns.flatMap(heads).map(quoteIfNeeded).join(',')
      if (own !== head) lines.push(own)
      head = own
      for (const row of table.rows) {
        lines.push(table.columns.flatMap((column, k) => fields(column, row.cells[k])).join(','))
      }
    }
    return lines.map((line) => `${line}\r\n`).join('')
  },
})

function heads({ key, spread }: Column): string[] {
  return spread === true ? [key, `${key} sd`, `${key} low`, `${key} high`] : [key]
}

function fields(column: Column, cell: Cell): string[] {
  if (column.spread === true) {
    const { sd = null, low = null, high = null } = cell.spread ?? {}
    return [cell.value, sd, low, high].map(numberText)
  }
  if (column.align === 'right' || cell.value !== null) return [numberText(cell.value)]
  return [quoteIfNeeded(defused(cell.text))]
}

const numberText = (value: number | null) => (value === null ? '' : String(value))

function quoteIfNeeded(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const formula = /^'*[=+\-@\t\r\n＝＋－＠]/u

function defused(text: string): string {
  return formula.test(text) ? `'${text}` : text
}

/** The text behind a CSV cell of ours: takes away the apostrophe that kept a spreadsheet from running it. */
export function plainCsvText(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell
}
