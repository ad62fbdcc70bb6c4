import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRecordWriter, type RunRecord } from '../../src/record/index.ts'
import { type Grid, openStore, type Store } from '../../src/store/index.ts'
import { makeRecord } from '../fixtures/records.ts'

let root: string
let folder: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'streambed-store-'))
  folder = join(root, 'quick')
  writeFileSync(join(root, 'suite.yaml'), 'name: quick\n')
})
afterEach(() => rmSync(root, { recursive: true }))

const runs = [
  makeRecord({ method: 'nmc' }),
  makeRecord({ method: 'er.head', stopsAfter: 2 }),
  makeRecord({ method: 'naive.head' }),
]

function store(at: string, record: RunRecord) {
  const writer = openRecordWriter(at)
  writer.append(record.manifest)
  for (const event of record.events) writer.append(event)
  writer.close()
}

function gridOf(opened: Store, records: readonly RunRecord[]): Grid {
  return {
    suite: { name: 'quick', id: 'abc', title: 'Quick', metrics: ['accuracy.last@sample'] },
    cells: records.map(({ manifest }) => ({
      id: manifest.run,
      label: manifest.method.name,
      folder: opened.runFolder(manifest.run),
      method: { name: manifest.method.name, label: manifest.method.name },
    })),
    exclude: [],
  }
}

function resultsOf(present: readonly RunRecord[]): Store {
  const opened = openStore(folder, { create: true })
  opened.writeGrid(gridOf(opened, runs), join(root, 'suite.yaml'))
  for (const record of present) store(opened.runFolder(record.manifest.run), record)
  return opened
}

test('a results folder gives its records in the order of the grid, and says what is missing', () => {
  resultsOf([runs[1], runs[0]])
  const opened = openStore(folder)
  const { records, missing, stale } = opened.read()
  expect(records.map((record) => record.manifest.method.name)).toEqual(['nmc', 'er.head'])
  expect(records.map((record) => record.state)).toEqual(['finished', 'unfinished'])
  expect(missing.map((cell) => cell.label)).toEqual(['naive.head'])
  expect(stale).toEqual([])
  expect(runs.map((run) => opened.isFinished(run.manifest.run))).toEqual([true, false, false])
  expect(readFileSync(join(folder, 'suite.yaml'), 'utf8')).toBe('name: quick\n')
})

test('a record that the grid no longer asks for is noticed and kept, and not reported', () => {
  const opened = resultsOf(runs)
  opened.writeGrid(gridOf(opened, runs.slice(0, 1)), join(root, 'suite.yaml'))
  const { records, stale } = openStore(folder).read()
  expect(records.length).toBe(1)
  expect(stale).toEqual([runs[1], runs[2]].map((run) => opened.runFolder(run.manifest.run)).sort())
})

test('a record in the folder of another run does not pass for that run', () => {
  const opened = resultsOf([])
  const [nmc, er] = runs.map((run) => run.manifest.run)
  store(opened.runFolder(er), runs[0])
  const { records, missing, stale } = opened.read()
  expect(records).toEqual([])
  expect(missing.length).toBe(3)
  expect(stale).toEqual([opened.runFolder(er)])
  expect(opened.isFinished(er)).toBe(false)
  expect(opened.isFinished(nmc)).toBe(false)
})

test('a results folder can be moved', () => {
  resultsOf(runs)
  renameSync(folder, join(root, 'elsewhere'))
  expect(openStore(join(root, 'elsewhere')).read().records.length).toBe(3)
})

test('the folder of one run is a store of one record', () => {
  const opened = resultsOf(runs)
  const single = openStore(opened.runFolder(runs[0].manifest.run))
  expect(single.grid).toBeUndefined()
  expect(single.read().records.map((record) => record.manifest.run)).toEqual([runs[0].manifest.run])
  expect(single.isFinished(runs[0].manifest.run)).toBe(true)
  expect(single.isFinished(runs[2].manifest.run)).toBe(false)
})

test('a torn record is read, and the store passes on what was said', () => {
  const opened = resultsOf(runs)
  const path = join(opened.runFolder(runs[2].manifest.run), 'facts.jsonl.gz')
  writeFileSync(path, readFileSync(path).subarray(0, -3))
  const { records, remarks } = opened.read()
  expect(records[2].state).toBe('unfinished')
  expect(remarks).toEqual([expect.stringContaining('torn')])
})

test('without an index every record in runs/ is read', () => {
  resultsOf(runs)
  rmSync(join(folder, 'index.json'))
  const opened = openStore(folder)
  expect(opened.grid).toBeUndefined()
  expect(opened.read().records.length).toBe(3)
})

test.each([
  ['a folder that is not there', () => join(root, 'nowhere'), 'no-such-folder'],
  ['a file', () => join(root, 'suite.yaml'), 'no-such-folder'],
  ['a folder of something else', () => root, 'not-a-results-folder'],
])('%s is refused by name', (_, path, code) => {
  expect(() => openStore(path())).toThrow(expect.objectContaining({ code }))
})

test('the folder above results folders is answered with their names', () => {
  resultsOf(runs)
  cpSync(folder, join(root, 'other'), { recursive: true })
  expect(() => openStore(root)).toThrow(
    expect.objectContaining({ mend: expect.stringMatching(/other.*quick|quick.*other/) }),
  )
})

test.each([
  ['not JSON', '{', 'index-unreadable'],
  ['of a newer version', '{"version":2}', 'index-version-unknown'],
  ['without its cells', '{"version":1}', 'index-unreadable'],
])('an index %s is refused', (_, text, code) => {
  mkdirSync(folder)
  writeFileSync(join(folder, 'index.json'), text)
  expect(() => openStore(folder)).toThrow(
    expect.objectContaining({ code, where: join(folder, 'index.json') }),
  )
})
