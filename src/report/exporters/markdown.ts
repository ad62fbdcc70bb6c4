import { type Cell, type Column, printed, type Table } from '../table.ts'
import { defineExporter } from './exporter.ts'
import { oneLine } from './text.ts'

/** GitHub-flavoured Markdown: a heading, a pipe table, the notes as a list. Best is bold, ties are bold with †. */
export const markdown = defineExporter({
  name: 'md',
  summary: 'Markdown table, for a README',
  extension: 'md',
  write: ({ tables }) => tables.map(tableText).join('\n'),
})

function tableText(table: Table): string {
  const { columns, rows } = printed(table)
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    `### ${escaped(table.title)}`,
    '',
    line(columns.map((column) => escaped(column.title))),
    line(columns.map(rule)),
    ...rows.map((row) => line(row.cells.map((cell, k) => cellText(cell, k === 0 && row.role !== 'method')))),
    '',
    ...table.notes.map((note) => `- ${escaped(note)}`),
    '',
  ].join('\n')
}

const rule = (column: Column) => (column.align === 'right' ? '---:' : ':---')

function cellText(cell: Cell, reference: boolean): string {
  const text = escaped(cell.text)
  if (cell.mark === 'best') return `**${text}**`
  if (cell.mark === 'tied') return `**${text}** †`
  return reference && text !== '' ? `*${text}*` : text
}

/** Text as itself: nothing in it may open a cell, emphasis, code, a link or a tag. */
function escaped(text: string): string {
  return oneLine(text)
    .trim()
    .replace(/[\\`*_{}[\]|~$]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
}
