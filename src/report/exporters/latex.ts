import { type Cell, type Column, printed, type Table } from '../table.ts'
import { defineExporter } from './exporter.ts'
import { headLines, oneLine } from './text.ts'

/** A `table` float for a paper. Needs booktabs and graphicx; compiles with pdflatex whatever the names contain. */
export const latex = defineExporter({
  name: 'latex',
  summary: 'LaTeX table (booktabs), for a paper',
  extension: 'tex',
  write: ({ tables }) => `% \\usepackage{booktabs,graphicx}\n${tables.map(tableText).join('\n')}`,
})

function tableText(table: Table): string {
  const { columns, rows } = printed(table)
  return [
    '\\begin{table}',
    '  \\centering\\small\\setlength{\\tabcolsep}{4pt}',
    `  \\caption{${escaped(table.title)}}`,
    `  \\label{tab:${table.name.replace(/[^a-z0-9-]+/gi, '-')}}`,
    ...blocksOf(columns).map((picked) =>
      tabular(
        picked.map((k) => columns[k]),
        rows.map(({ role, cells }) => ({ role, cells: picked.map((k) => cells[k]) })),
      ),
    ),
    '  \\medskip',
    '  \\begin{minipage}{\\linewidth}\\scriptsize\\raggedright',
    ...table.notes.map((note) => `    ${escaped(note)}`),
    '  \\end{minipage}',
    '\\end{table}',
    '',
  ].join('\n')
}

/** Column numbers a block: results above, compute under the same names below, since ten columns fit no page. */
function blocksOf(columns: readonly Column[]): number[][] {
  const all = columns.map((_, k) => k)
  const last = columns.findLastIndex((column) => column.spread === true)
  const rest = all.slice(last + 1)
  return columns.length <= 6 || last < 0 || rest.length === 0 ? [all] : [all.slice(0, last + 1), [0, ...rest]]
}

/** As wide as it is, or as the page if that is narrower. */
function tabular(columns: readonly Column[], rows: ReturnType<typeof printed>['rows']): string {
  const line = (cells: readonly string[]) => `    ${cells.join(' & ')} \\\\`
  const body = (['floor', 'method', 'ceiling'] as const)
    .map((role) => rows.filter((row) => row.role === role).map((row) => line(row.cells.map(cellText))))
    .filter((lines) => lines.length > 0)
  return [
    '  \\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%',
    `  \\begin{tabular}{@{}${columns.map((column) => column.align[0]).join('')}@{}}`,
    '    \\toprule',
    line(columns.map(headText)),
    ...body.flatMap((lines) => ['    \\midrule', ...lines]),
    '    \\bottomrule',
    '  \\end{tabular}}',
    '',
    '  \\smallskip',
  ].join('\n')
}

function headText(column: Column): string {
  const lines = headLines(column.title).map(escaped)
  return lines.length === 1 ? lines[0] : `\\shortstack[${column.align[0]}]{${lines.join('\\\\')}}`
}

function cellText(cell: Cell): string {
  // A remark after a number is set small: `69.06 (same in all 6)`.
  const [, number, remark] = /^(.*\d) (\([^()]*\))$/.exec(cell.value === null ? '' : cell.text) ?? []
  const text =
    remark === undefined ? escaped(cell.text) : `${escaped(number)} {\\scriptsize${escaped(remark)}}`
  if (cell.mark === 'best') return `\\textbf{${text}}`
  if (cell.mark === 'tied') return `\\textbf{${text}}\\textsuperscript{\\dag}`
  return text
}

const spelled: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  // After the \\ of the row above, a bare bracket would be its optional argument.
  '[': '{[}',
  ']': '{]}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\textquotedblright{}',
  '`': '\\textasciigrave{}',
  '±': '$\\pm$',
  '·': '$\\cdot$',
  '×': '$\\times$',
  '≤': '$\\leq$',
  '≥': '$\\geq$',
  '−': '$-$',
  '≈': '$\\approx$',
  '∞': '$\\infty$',
  '↑': '$\\uparrow$',
  '↓': '$\\downarrow$',
  '†': '\\dag{}',
  '‡': '\\ddag{}',
  '–': '--',
  '—': '---',
  '…': '\\ldots{}',
  '’': "'",
  '‘': '`',
  '“': '``',
  '”': "''",
  '\u00a0': '~',
}

/**
 * Every character as LaTeX sets it. ASCII and the accented letters of Latin-1 and Latin Extended-A need no font of
 * their own; what pdflatex has no glyph for (Chinese, emoji) becomes its code point, `[U+65E5]`, and is not lost.
 */
function escaped(text: string): string {
  return Array.from(oneLine(text).normalize('NFC'), (character) => {
    if (Object.hasOwn(spelled, character)) return spelled[character]
    if (/[ -~ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿčćřšžőűłŁŒœ]/u.test(character))
      return character
    return `{[}U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}{]}`
  }).join('')
}
