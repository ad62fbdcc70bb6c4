import stringWidth from 'string-width'
import { type Cell, printed, type Table } from '../table.ts'
import { defineExporter, type WriteOptions } from './exporter.ts'
import { cut, headLines, oneLine, wrapped } from './text.ts'

const gap = '  '
const narrowestName = 12

/**
 * Plain text, aligned by what a terminal shows (a Chinese character is two columns wide). Best is marked *, ties †.
 *
 * Too narrow a terminal first cuts row names, each with …; then the columns go on in a second block under the
 * same names, so that no number is ever cut.
 */
export const terminal = defineExporter({
  name: 'terminal',
  summary: 'Plain text, aligned for the terminal',
  extension: 'txt',
  write: ({ tables }, options = {}) => tables.map((table) => tableText(table, options)).join('\n'),
})

function tableText(table: Table, { width = 100, colour = false }: WriteOptions): string {
  const across = Math.max(width, 24)
  const { columns, rows } = printed(table)
  const marked = rows.map((row) => row.cells.map(cellText))
  const widths = columns.map((column, k) =>
    Math.max(
      ...[...headLines(column.title), ...marked.map((cells) => cells[k])].map((text) => stringWidth(text)),
    ),
  )
  const total = widths.reduce((sum, w) => sum + w, 0) + gap.length * (columns.length - 1)
  const nameRoom = Math.max(narrowestName, Math.floor(across / 4), widths[0] - Math.max(0, total - across))
  widths[0] = Math.min(widths[0], nameRoom)
  const line = (
    texts: readonly string[],
    picked: readonly number[],
    paints: (k: number) => string | undefined,
  ) =>
    picked
      .map((k) => paint(padded(cut(texts[k], widths[k]), widths[k], columns[k].align), paints(k)))
      .join(gap)
      .trimEnd()
  const bold = colour ? 'bold' : undefined
  const dim = colour ? 'dim' : undefined
  // Bottom-aligned: a head of one line stands in the second.
  const tall = columns.map((column) => headLines(column.title))
  const heads = [
    tall.map((lines) => (lines.length === 1 ? '' : lines[0])),
    tall.map((lines) => lines.at(-1)!),
  ]
  const blocks = blocksOf(widths, across).map((picked) =>
    [
      ...heads
        .filter((texts) => picked.some((k) => texts[k] !== ''))
        .map((texts) => line(texts, picked, () => dim)),
      ...rows.map(({ role, cells }, r) =>
        line(marked[r], picked, (k) =>
          cells[k].mark !== undefined ? bold : role === 'method' ? undefined : dim,
        ),
      ),
    ].join('\n'),
  )
  const title = wrapped(oneLine(table.title), across).map((part) => paint(part, bold))
  const notes = table.notes.flatMap((note) => wrapped(oneLine(note), across, gap))
  return `${[...title, '', blocks.join('\n\n'), '', ...notes].join('\n')}\n`
}

function cellText(cell: Cell): string {
  const text = oneLine(cell.text)
  return cell.mark === 'best' ? `${text} *` : cell.mark === 'tied' ? `${text} †` : text
}

/** Column numbers a block: the names first in each, then as many others as fit. */
function blocksOf(widths: readonly number[], across: number): number[][] {
  const blocks: number[][] = [[0]]
  let used = widths[0]
  for (let k = 1; k < widths.length; k++) {
    if (used + gap.length + widths[k] > across && blocks.at(-1)!.length > 1) {
      blocks.push([0])
      used = widths[0]
    }
    blocks.at(-1)!.push(k)
    used += gap.length + widths[k]
  }
  return blocks
}

function padded(text: string, width: number, align: 'left' | 'right'): string {
  const room = ' '.repeat(Math.max(0, width - stringWidth(text)))
  return align === 'right' ? room + text : text + room
}

function paint(text: string, how: string | undefined): string {
  if (how === undefined || text === '') return text
  return how === 'bold' ? `\u001b[1m${text}\u001b[22m` : `\u001b[2m${text}\u001b[22m`
}
