import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { main, recordsOf, removed, startCommand, streambed, workplace, written } from './streambed.ts'

const folder = workplace()
const cache = join(folder, 'cache')
afterAll(() => removed(folder))

const suite = (name: string, methods = '[chance, nmc]', more = '') =>
  written(
    folder,
    `${name}.yaml`,
    `name: ${name}
streams:
  - { name: split-procedural, tasks: 2 }
backbones: [mini-resnet]
methods: ${methods}
${more}`,
  )

const run = (file: string, ...args: string[]) =>
  streambed(['run', file, '--data', folder, '--cache', cache, '--results', join(folder, 'results'), ...args])

/** Time of the last change of every record's facts. */
function facts(name: string): Record<string, number> {
  const runs = join(folder, 'results', name, 'runs')
  return Object.fromEntries(
    readdirSync(runs).map((record) => [record, statSync(join(runs, record, 'facts.jsonl.gz')).mtimeMs]),
  )
}

const begun = (stderr: string) => [...stderr.matchAll(/^▸ (\S+)/gm)].map(([, method]) => method)

test('a suite runs to its table on stdout, with progress on stderr, and a second time does nothing', async () => {
  const file = suite('twice')
  const first = await run(file)
  expect(first.code).toBe(0)
  expect(first.stdout).toMatch(/^nmc /m)
  expect(first.stdout).not.toMatch(/[▸✓✗]/)
  expect(begun(first.stderr)).toEqual(['embed', 'chance', 'nmc'])
  const before = facts('twice')

  const second = await run(file)
  expect(second.code).toBe(0)
  expect(begun(second.stderr)).toEqual([])
  expect(second.stderr).toContain('2 runs, 2 of them done already')
  expect(second.stdout).toBe(first.stdout)
  expect(facts('twice')).toEqual(before)
})

test('a changed option runs its own method again and no other, and the record of before is named as left out', async () => {
  const file = suite('option', '[nmc, { name: naive.head, options: { learningRate: 0.02 } }]')
  await run(file)
  const before = facts('option')
  suite('option', '[nmc, { name: naive.head, options: { learningRate: 0.03 } }]')
  const changed = await run(file)
  expect(changed.code).toBe(0)
  expect(begun(changed.stderr)).toEqual(['naive.head'])
  const after = facts('option')
  expect(Object.keys(after)).toHaveLength(3)
  for (const [record, time] of Object.entries(before)) expect(after[record]).toBe(time)

  const report = await streambed(['report', join(folder, 'results/option')])
  expect(report.code).toBe(0)
  expect(report.stderr).toMatch(/1 records? .*left out/)
})

test('--only runs only those methods, and the grid keeps the others', async () => {
  const file = suite('only')
  const { code, stderr } = await run(file, '--only', 'nmc')
  expect(code).toBe(0)
  expect(begun(stderr)).toEqual(['nmc'])
  const grid = JSON.parse(readFileSync(join(folder, 'results/only/index.json'), 'utf8'))
  expect(grid.cells.map((cell: { method: { name: string } }) => cell.method.name)).toEqual(['chance', 'nmc'])
  const report = await streambed(['report', join(folder, 'results/only')])
  expect(report.code).toBe(1) // the result is incomplete
  expect(report.stderr).toContain('1 runs of the suite have no record yet.')
  expect((await run(file)).code).toBe(0)
  expect((await streambed(['report', join(folder, 'results/only')])).code).toBe(0)
})

test('--force does finished runs again, and they give the same facts', async () => {
  const file = suite('force', '[nmc]')
  await run(file)
  const before = recordsOf(join(folder, 'results/force'))['nmc 0']
  const forced = await run(file, '--force')
  expect(begun(forced.stderr)).toEqual(['nmc'])
  const after = recordsOf(join(folder, 'results/force'))['nmc 0']
  expect(after.factsHash).toBe(before.factsHash)
  expect(after.measurements[0].attempt).not.toBe(before.measurements[0].attempt)
})

test('--set changes the suite for this time, wherever the flag stands', async () => {
  const file = suite('set', '[chance]')
  const { code, stderr } = await streambed([
    'run',
    '--set',
    'seeds=[3, 4]',
    '--set',
    'streams[0].tasks=4',
    file,
    '--cache',
    cache,
    '--results',
    join(folder, 'results'),
  ])
  expect(code, stderr).toBe(0)
  const records = recordsOf(join(folder, 'results/set'))
  expect(Object.keys(records).sort()).toEqual(['chance 3', 'chance 4'])
  expect(records['chance 3'].manifest.stream.tasks).toHaveLength(4)
})

test('runs side by side give the facts of runs one after another', async () => {
  const one = suite('alone', '[chance, nmc, slda]')
  const three = suite('beside', '[chance, nmc, slda]')
  await run(one)
  expect((await run(three, '--jobs', '3')).code).toBe(0)
  const hashes = (name: string) =>
    Object.entries(recordsOf(join(folder, 'results', name))).map(([run, { factsHash }]) => [run, factsHash])
  expect(hashes('beside')).toEqual(hashes('alone'))
})

test('two commands that want the same runs at the same time do each of them once', async () => {
  const file = suite('both', '[chance, nmc, slda]')
  const [one, other] = await Promise.all([run(file), run(file)])
  expect([one.code, other.code], one.stderr + other.stderr).toEqual([0, 0])
  expect(other.stdout).toBe(one.stdout)
  const alone = recordsOf(join(folder, 'results/alone'))
  for (const [name, record] of Object.entries(recordsOf(join(folder, 'results/both')))) {
    expect(record.factsHash).toBe(alone[name].factsHash)
    expect(record.measurements.filter(({ kind }) => kind === 'start')).toHaveLength(1)
  }
})

test('with one processor allowed there is no word of affinity, and nothing but the command’s own lines', async () => {
  const args = ['run', suite('narrow', '[nmc]'), '--cache', cache, '--results', join(folder, 'results')]
  const { code, stderr } = await startCommand('taskset', ['-c', '0', process.execPath, main, ...args]).ended
  expect(code, stderr).toBe(0)
  expect(stderr).not.toMatch(/affinity|pthread|onnxruntime|warn/i)
  for (const line of stderr.trimEnd().split('\n')) expect(line).toMatch(/^(narrow: |▸ |✓ | {2}\/)/)
})
