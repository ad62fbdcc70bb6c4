import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { programOf } from '../foreign/program.ts'
import { recordsOf, removed, start, streambed, workplace, written } from './streambed.ts'

const folder = workplace()
afterAll(() => removed(folder))

const suite = (name: string, program: string, methods = '[./nearest, nmc]') => {
  copyFileSync(program, join(folder, 'nearest'))
  return written(
    folder,
    `${name}.yaml`,
    `name: ${name}
streams:
  - { name: split-procedural, tasks: 2, images: { train: 4, test: 2 } }
backbones: [mini-resnet]
methods: ${methods}
`,
  )
}
const run = (file: string, results = 'results') => streambed(command(file, results))
const command = (file: string, results: string) => [
  'run',
  file,
  '--data',
  folder,
  '--cache',
  join(folder, 'cache'),
  '--results',
  join(folder, results),
  '--allow-unofficial',
]

test('a suite runs a program beside our methods, and its row has no operations that nobody counted', async () => {
  const file = suite('foreign', programOf())
  const { code, stdout, stderr } = await run(file)
  expect(stderr).not.toContain('✗')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^nearest /m)
  expect(stdout).toContain('Operations unknown, as it computes in a process of its own')
  const records = recordsOf(join(folder, 'results', 'foreign'))
  const theirs = records['nearest 0']
  expect(theirs.manifest.method).toMatchObject({ operations: 'unknown' })
  const last = theirs.events.findLast((event) => event.kind === 'finished')!
  expect(last).toMatchObject({
    compute: { flopsTrain: null, flopsPredictPerImage: null, flopsEvaluate: null },
  })
  expect(last.compute.flopsEmbed).toBeGreaterThan(0)
  const again = await run(file)
  expect(again.stderr).toContain('2 runs, 2 of them done already')
})

test('one that breaks is a failed run with a name, and the others are done', async () => {
  const { code, stderr } = await run(suite('breaks', programOf({ step: 'process.exit(3)' })))
  expect(code).toBe(1)
  expect(stderr).toMatch(/✗ method-process-crashed: .*exit code 3/)
})

test('stopped as by Ctrl-C, it goes on from the state that it gave, to the same record', async () => {
  const slow = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100); return right()'
  const file = suite('stops', programOf({ step: slow }), '[{ name: ./nearest, options: { batch: 1 } }]')
  const running = start(command(file, 'stopped'))
  await running.says(/▸ nearest/)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  running.signalAll('SIGINT')
  expect((await running.ended).code).toBe(130)
  expect((await run(file, 'stopped')).code).toBe(0)
  expect((await run(file, 'whole')).code).toBe(0)
  const [stopped, whole] = ['stopped', 'whole'].map((name) => recordsOf(join(folder, name, 'stops')))
  expect(stopped['nearest 0'].events).toEqual(whole['nearest 0'].events)
  expect(stopped['nearest 0'].measurements.filter(({ kind }) => kind === 'start')).toHaveLength(2)
})
