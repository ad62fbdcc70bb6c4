import { existsSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { parse as parseCsv } from 'csv-parse/sync'
import { marked, type Tokens } from 'marked'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removed, streambed, workplace, written } from './streambed.ts'

const folder = workplace()
const results = join(folder, 'moved', 'shapes')
afterAll(() => removed(folder))

beforeAll(async () => {
  const file = written(
    folder,
    'shapes.yaml',
    `name: shapes
streams: [{ name: split-procedural, tasks: 2 }]
backbones: [mini-resnet]
methods: [chance, nmc]
seeds: [0, 1]
metrics: [accuracy.last@sample, forgetting@chaudhry18, fwt@lopezpaz17]
`,
  )
  const places = ['--cache', join(folder, 'cache'), '--results', join(folder, 'results')]
  const { code, stderr } = await streambed(['run', file, ...places])
  expect(code, stderr).toBe(0)
  // From here on there are records and nothing else: no suite, no data, no cache, and in another place.
  renameSync(join(folder, 'results'), join(folder, 'moved'))
  for (const gone of ['cache', 'shapes.yaml', 'moved/shapes/suite.yaml']) removed(join(folder, gone))
})

const report = (...args: string[]) => streambed(['report', results, ...args], { cwd: folder })

test('as JSON, a report is the contract that scripts rely on', async () => {
  const { code, stdout, stderr } = await report('--format', 'json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const parsed = JSON.parse(stdout)
  expect(Object.keys(parsed)).toEqual(['suite', 'rows'])
  expect(parsed.suite).toMatch(/^[0-9a-f]{16}$/)
  expect(parsed.rows).toHaveLength(2)
  for (const row of parsed.rows) {
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
    expect(Object.keys(row.metrics)).toEqual([
      'accuracy.last@sample',
      'forgetting@chaudhry18',
      'fwt@lopezpaz17',
    ])
    for (const metric of Object.values(row.metrics as object)) {
      expect(Object.keys(metric)).toEqual(['mean', 'sd', 'low', 'high'])
      for (const number of Object.values(metric as object)) {
        if (number !== null) expect(Math.abs(number as number)).toBeLessThanOrEqual(1)
      }
    }
    expect(row.metrics['fwt@lopezpaz17']).toEqual({ mean: null, sd: null, low: null, high: null })
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
    for (const cost of Object.values(row.compute as object)) expect(cost).toBeGreaterThanOrEqual(0)
  }
  const [chance, nmc] = parsed.rows
  expect([chance.method, chance.n, chance.failed]).toEqual(['chance', 2, 0])
  expect([nmc.method, nmc.n, nmc.failed]).toEqual(['nmc', 1, 0]) // no seed moves it, so it was run once
  expect(chance.metrics['accuracy.last@sample'].mean).toBeLessThan(0.12)
  expect(nmc.metrics['accuracy.last@sample'].mean).toBeGreaterThan(0.3)
})

test('as CSV, there is a head and a record for each row', async () => {
  const { code, stdout, stderr } = await report('--format', 'csv')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const rows = parseCsv(stdout, { columns: true, comment: '#' }) as Record<string, string>[]
  expect(rows.map((row) => row.method)).toEqual(['chance', 'nmc'])
})

test('as Markdown, there is a table with a line for each method', async () => {
  const { code, stdout, stderr } = await report('--format', 'md')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [table] = marked.lexer(stdout).filter((token): token is Tokens.Table => token.type === 'table')
  expect(table.rows.map((row) => row[0].text.replace(/\W/g, ''))).toEqual(['chance', 'nmc'])
})

test('as LaTeX, there is a booktabs table whose environments are closed', async () => {
  const { code, stdout, stderr } = await report('--format', 'latex')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const rule of ['toprule', 'midrule', 'bottomrule']) expect(stdout).toContain(`\\${rule}`)
  const names = (which: string) =>
    [...stdout.matchAll(new RegExp(`\\\\${which}\\{(\\w+)\\}`, 'g'))].map((match) => match[1]).sort()
  expect(names('begin').length).toBeGreaterThan(0)
  expect(names('end')).toEqual(names('begin'))
})

test('for a terminal, a report is 100 columns wide at most, and has no colours in a pipe', async () => {
  const { code, stdout, stderr } = await report()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).not.toContain('\u001b')
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
})

test('--metrics prints others than the suite asked for, and a wrong id is named', async () => {
  const { stdout } = await report('--format', 'json', '--metrics', 'learning-accuracy,bwt@lopezpaz17')
  expect(Object.keys(JSON.parse(stdout).rows[0].metrics)).toEqual(['learning-accuracy', 'bwt@lopezpaz17'])
  const wrong = await report('--metrics', 'accuracy.lost@sample')
  expect(wrong).toMatchObject({ code: 2, stdout: '' })
  expect(wrong.stderr).toContain('accuracy.last@sample')
})

test('a folder of one run is reported too', async () => {
  const [run] = readdirSync(join(results, 'runs')).filter((name) => name.includes('--nmc--'))
  const { code, stdout, stderr } = await streambed(['report', join(results, 'runs', run), '--format', 'json'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout).rows).toMatchObject([{ method: 'nmc', n: 1, failed: 0 }])
})

test('--write puts every table and figure into the folder and names them on stderr', async () => {
  const files = ['table.md', 'table.csv', 'table.tex', 'accuracy.svg', 'accuracy.png', 'report.json']
  for (const file of files) removed(join(results, file))
  const { code, stderr } = await report('--write')
  expect(code).toBe(0)
  expect(
    stderr
      .trimEnd()
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual(files.map((file) => join(results, file)))
  for (const file of files) expect(existsSync(join(results, file))).toBe(true)
})

test('the folder above, which holds the suite’s folder, is refused with the folder that was meant', async () => {
  const { code, stderr } = await streambed(['report', join(folder, 'moved')])
  expect(code).toBe(2)
  expect(stderr).toMatch(/^✗ not-a-results-folder: /)
  expect(stderr).toContain(results)
})
