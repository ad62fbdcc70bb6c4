import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { marked } from 'marked'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { exporterNamed, exporters, plainCsvText, report } from '../../src/report/index.ts'
import type { Cell, Table } from '../../src/report/table.ts'
import { makeRun, metrics, studyReport, suite } from './study.ts'

const awkward = [
  '=1+1',
  '@x',
  '-x',
  '+1',
  "'=1",
  '\t=1',
  'a|b `c` _d_ *e* \\| ~f~ [g](h) $i$',
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  'a "quoted", with comma',
  '50 % & #1 ^2 {x} \\textbf{y}',
  'x'.repeat(80),
  '日本語の名前',
  '👩‍👩‍👧 family',
  'Ångström–Łódź “q” ½ €',
  'line\nbreak',
  '\u001b[31mred\u0007',
]

const number = (value: number): Cell => ({
  text: String(value),
  value,
  spread: { sd: null, low: null, high: null },
})
const table: Table = {
  name: 'awkward',
  title: 'Awkward | names <b>',
  suite,
  columns: [
    { key: 'method', title: 'Method', align: 'left' },
    { key: 'bwt@x', title: 'Backward transfer ↑', metric: 'bwt@x', align: 'right', spread: true },
  ],
  rows: awkward.map((name, k) => ({
    role: 'method',
    cells: [{ text: name, value: null }, number(k === 0 ? -0.2 : k)],
  })),
  notes: [`Names: ${awkward.filter((name) => name.length < 80).join(' ')}`],
}
const only = { suite, tables: [table], rows: [] }
const write = (format: string, options = {}) => exporterNamed(format).write(only, options)

test.each(exporters.map(({ name, extension }) => [name, extension]))(
  'the %s table looks as it did',
  async (name, extension) => {
    await expect(exporterNamed(name).write(studyReport(), { width: 100 })).toMatchFileSnapshot(
      `../golden/report/table.${extension}`,
    )
  },
)

test('the terminal table at 60 columns looks as it did', async () => {
  const text = exporterNamed('terminal').write(studyReport(), { width: 60 })
  expect(Math.max(...text.split('\n').map((line) => stringWidth(line)))).toBeLessThanOrEqual(60)
  await expect(text).toMatchFileSnapshot('../golden/report/table-60.txt')
})

describe('CSV', () => {
  test('defuses formulas in names and leaves −0.2 a number', () => {
    const rows = parse(write('csv'), { columns: true }) as Record<string, string>[]
    for (const { method } of rows) expect(method).not.toMatch(/^[=+\-@\t\r]/)
    expect(rows.map((row) => plainCsvText(row.method))).toEqual(awkward)
    expect(rows.map((row) => Number(row['bwt@x']))).toEqual(awkward.map((_, k) => (k === 0 ? -0.2 : k)))
    expect(write('csv')).toContain("'=1+1,-0.2,")
  })
  test('ends lines in CRLF and writes one head for equal columns', () => {
    const two = exporterNamed('csv').write({ suite, tables: [table, table], rows: [] })
    expect(two.split('\r\n').filter((line) => line.startsWith('method,')).length).toBe(1)
    expect(parse(two).length).toBe(1 + 2 * awkward.length)
  })
  test('leaves an absent number empty', () => {
    const [row] = parse(exporterNamed('csv').write(report([makeRun()], { metrics, suite })), {
      columns: true,
    }) as Record<string, string>[]
    expect(row['accuracy.last@task sd']).toBe('')
    expect(Number(row['accuracy.last@task'])).toBeGreaterThan(0)
  })
})

describe('Markdown', () => {
  const html = marked.parse(write('md'), { async: false, gfm: true })
  const plain = (text: string) =>
    text
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&amp;/g, '&')
  test('renders each name as one cell that says the name', () => {
    const cells = [...html.matchAll(/<td align="left">(.*?)<\/td>/gs)].map((match) => plain(match[1]))
    const shown = awkward.map((name) =>
      name
        .replace(/[\n\t]/g, ' ')
        .replace(/[\u001b\u0007]/g, '�')
        .trim(),
    )
    expect(cells).toEqual(shown)
    expect([...html.matchAll(/<tr>/g)].length).toBe(1 + awkward.length)
  })
  test('lets no tag through', () => expect(html).not.toMatch(/<(img|script|b)\b/))
})

describe('the terminal', () => {
  test.each([24, 60, 100, 200])('keeps %i columns, cutting names with a mark and no number', (width) => {
    const text = write('terminal', { width })
    const lines = text.split('\n')
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width)
    expect(text).toContain('-0.2')
    if (width < 100) expect(text).toMatch(/x{3,}…/)
  })
  test('aligns numbers under wide characters', () => {
    const rows = write('terminal', { width: 100 })
      .split('\n')
      .slice(2, 4 + awkward.length)
    const ends = rows.filter((line) => /\d$/.test(line)).map((line) => stringWidth(line))
    expect(new Set(ends).size).toBe(1)
    expect(ends.length).toBe(awkward.length)
  })
  test('passes no escape code of a name, and has its own only when asked', () => {
    expect(write('terminal')).not.toContain('\u001b')
    expect(exporterNamed('terminal').write(studyReport(), { colour: true })).toContain('\u001b[1m')
    expect(exporterNamed('terminal').write(studyReport())).not.toContain('\u001b')
  })
})

describe('JSON keeps its contract', () => {
  const made = JSON.parse(exporterNamed('json').write(studyReport()))
  test('in every key', () => {
    expect(Object.keys(made)).toEqual(['suite', 'rows'])
    expect(made.suite).toBe(suite.id)
    for (const row of made.rows) {
      expect(Object.keys(row)).toEqual([
        'stream',
        'scenario',
        'backbone',
        'method',
        'n',
        'failed',
        'metrics',
        'compute',
      ])
      expect(Object.keys(row.metrics)).toEqual(metrics)
      for (const value of Object.values(row.metrics))
        expect(Object.keys(value as object)).toEqual(['mean', 'sd', 'low', 'high'])
      expect(Object.keys(row.compute)).toEqual([
        'parametersTrained',
        'flopsTrain',
        'flopsEmbed',
        'flopsPredictPerImage',
        'secondsCpu',
        'secondsWall',
        'peakRssBytes',
        'stateBytes',
      ])
    }
  })
  test('in shares of 0 … 1 and null for what does not exist', () => {
    const row = (method: string) => made.rows.find((one: { method: string }) => one.method === method)
    expect(row('nmc').metrics['accuracy.last@task'].mean).toBeLessThanOrEqual(1)
    expect(row('joint.head').metrics['bwt@lopezpaz17']).toEqual({
      mean: null,
      sd: null,
      low: null,
      high: null,
    })
    expect(row('er.head')).toMatchObject({ n: 5, failed: 1 })
    expect(row('nmc').compute).toMatchObject({ flopsTrain: 1e9, flopsEmbed: 2e9, stateBytes: 20480 })
  })
  test('with null seconds where nothing was measured', () => {
    const bare = report([{ ...makeRun(), measurements: [] }], { metrics, suite })
    expect(bare.rows[0].compute).toMatchObject({ secondsCpu: null, secondsWall: null, peakRssBytes: null })
  })
})

describe('LaTeX', () => {
  const found = spawnSync('pdflatex', ['--version']).status === 0
  test.skipIf(!found)(
    'compiles with booktabs and graphicx, no wider than the page (skipped without pdflatex)',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'streambed-latex-'))
      try {
        const body = write('latex') + exporterNamed('latex').write(studyReport())
        writeFileSync(
          join(folder, 'paper.tex'),
          `\\documentclass{article}\n\\usepackage{booktabs,graphicx}\n\\begin{document}\n${body}\\end{document}\n`,
        )
        const args = ['-interaction=nonstopmode', '-halt-on-error', 'paper.tex']
        const log = execFileSync('pdflatex', args, { cwd: folder, encoding: 'latin1', maxBuffer: 1e8 })
        expect(log).toContain('Output written on paper.pdf')
        expect(log).not.toMatch(/Missing character|Overfull/)
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
  )
  test('names what it has no glyph for by code point', () => {
    expect(write('latex')).toContain('{[}U+65E5{]}{[}U+672C{]}')
    expect(write('latex')).toContain('\\textbackslash{}textbf\\{y\\}')
  })
})

test('an unknown format is refused with the known ones', () => {
  expect(() => exporterNamed('xlsx')).toThrow(expect.objectContaining({ code: 'unknown-format' }))
})
