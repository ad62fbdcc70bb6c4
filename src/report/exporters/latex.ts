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
  const line = (cells: readonly string[]) => `    ${cells.join(' & ')} \\\\`
  const body = (['floor', 'method', 'ceiling'] as const)
    .map((role) => rows.filter((row) => row.role === role).map((row) => line(row.cells.map(cellText))))
    .filter((lines) => lines.length > 0)
  return [
    '\\begin{table}',
    '  \\centering\\small\\setlength{\\tabcolsep}{4pt}',
    `  \\caption{${escaped(table.title)}}`,
    `  \\label{tab:${table.name.replace(/[^a-z0-9-]+/gi, '-')}}`,
    // As wide as it is, or as the page if that is narrower.
    '  \\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%',
    `  \\begin{tabular}{@{}${columns.map((column) => column.align[0]).join('')}@{}}`,
    '    \\toprule',
    line(columns.map(headText)),
    ...body.flatMap((lines) => ['    \\midrule', ...lines]),
    '    \\bottomrule',
    '  \\end{tabular}}',
    '',
    '  \\medskip',
    '  \\begin{minipage}{\\linewidth}\\footnotesize\\raggedright',
    ...table.notes.map((note) => `    ${escaped(note)}\\par`),
    '  \\end{minipage}',
    '\\end{table}',
    '',
  ].join('\n')
}

function headText(column: Column): string {
  const lines = headLines(column.title).map(escaped)
  return lines.length === 1 ? lines[0] : `\\shortstack[${column.align[0]}]{${lines.join('\\\\')}}`
}

function cellText(cell: Cell): string {
  const text = escaped(cell.text)
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
