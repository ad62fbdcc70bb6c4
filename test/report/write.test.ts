import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bytes, fixed, operations, percent, seconds } from '../../src/report/format.ts'
import { exporterNamed, report, writeReport } from '../../src/report/index.ts'
import { makeRun, metrics, study, studyReport, suite } from './study.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streambed-report-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('one table is written under plain names, and nothing else is left', async () => {
  const written = await writeReport(studyReport(), join(folder, 'new'))
  const names = ['accuracy.png', 'accuracy.svg', 'report.json', 'table.csv', 'table.md', 'table.tex']
  expect(readdirSync(join(folder, 'new')).sort()).toEqual(names)
  expect(written.map((path) => basename(path)).sort()).toEqual(names)
  expect(readFileSync(join(folder, 'new/table.md'), 'utf8')).toBe(exporterNamed('md').write(studyReport()))
})

test('several tables carry their names, and the one of before goes', async () => {
  await writeReport(studyReport(), folder, ['md', 'svg'])
  const made = report([makeRun(), makeRun({ backbone: 'Other Net' })], { metrics, suite })
  await writeReport(made, folder, ['md', 'svg', 'json'])
  expect(readdirSync(folder).sort()).toEqual([
    'accuracy-split-made-up-b0-other-net.svg',
    'accuracy-split-made-up-b0-tiny-net.svg',
    'report.json',
    'table-split-made-up-b0-other-net.md',
    'table-split-made-up-b0-tiny-net.md',
  ])
})

test('writing again replaces, so a resumed suite has its whole history once', async () => {
  const part = study().filter((record) => record.manifest.seeds.root < 3)
  await writeReport(report(part, { metrics, suite }), folder, ['csv'])
  const before = readFileSync(join(folder, 'table.csv'), 'utf8').split('\r\n').length
  await writeReport(studyReport(), folder, ['csv'])
  const after = readFileSync(join(folder, 'table.csv'), 'utf8')
  expect(after.split('\r\n').length).toBe(before)
  expect(after).toBe(exporterNamed('csv').write(studyReport()))
})

test('a table without a finished run has no figure', async () => {
  await writeReport(report([makeRun({ failsAfter: 1 })], { metrics, suite }), folder)
  expect(existsSync(join(folder, 'accuracy.svg'))).toBe(false)
  expect(existsSync(join(folder, 'table.md'))).toBe(true)
})

test('an unknown format is refused before anything is written', async () => {
  await expect(writeReport(studyReport(), folder, ['pdf' as never])).rejects.toMatchObject({
    code: 'unknown-format',
  })
  expect(readdirSync(folder)).toEqual([])
})

test('numbers are printed as people say them', () => {
  expect([0, 999, 1000, 1.314e12, 2.5e15, 9.996e8].map(operations)).toEqual([
    '0',
    '999 FLOP',
    '1.00 kFLOP',
    '1.31 TFLOP',
    '2.50 PFLOP',
    '1.00 GFLOP',
  ])
  expect([512, 20480, 38_400_000].map(bytes)).toEqual(['512 B', '20.5 KB', '38.4 MB'])
  expect([0.012, 4.2, 59.96, 200, 7500, 3599.9].map(seconds)).toEqual([
    '12 ms',
    '4.2 s',
    '1 min 00 s',
    '3 min 20 s',
    '2 h 05 min',
    '1 h 00 min',
  ])
  expect([percent(0.6906, 2), percent(-0.2, 1), fixed(-0.0001, 2)]).toEqual(['69.06', '−20.0', '0.00'])
})
