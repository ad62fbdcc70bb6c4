import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { removed, streambed, workplace, written } from './streambed.ts'

const folder = workplace()
const cache = join(folder, 'cache')
afterAll(() => removed(folder))
afterEach(() => removed(join(folder, 'results')))

const given = ['--data', join(folder, 'data'), '--cache', cache, '--results', join(folder, 'results')]
const good = `name: quick
streams: [split-procedural]
backbones: [mini-resnet]
methods: [nmc]
`

async function refused(suite: string, args: readonly string[] = []) {
  const file = written(folder, 'quick.yaml', suite)
  const ended = await streambed(['run', file, ...given, ...args])
  expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 2, stdout: '' })
  expect(readdirSync(folder).filter((name) => name === 'results')).toEqual([]) // nothing was created
  return ended.stderr.replaceAll(`${folder}/`, '')
}

test('a misspelt key is named with file, line, column and the nearest right word', async () => {
  expect(await refused(good.replace('methods:', 'metods:'))).toContain(
    [
      '✗ suite-unknown-key: “metods” is no setting of a suite. Did you mean methods?',
      '  where  quick.yaml:4:1 › metods',
    ].join('\n'),
  )
})

test('every mistake of a file is told at once, in its order', async () => {
  const stderr = await refused(`name: quick
streams:
  - name: split-procedurl
backbones: [mini-resnt]
methods:
  - name: er.head
    options: { leaning_rate: 0.1 }
sedes: [0]
`)
  const codes = [...stderr.matchAll(/^✗ ([a-z-]+): .*\n {2}where {2}quick\.yaml:(\d+:\d+)/gm)]
  expect(codes.map(([, code, place]) => `${code} ${place}`)).toEqual([
    expect.stringMatching(/stream.* 3:11$/),
    expect.stringMatching(/backbone.* 4:13$/),
    expect.stringMatching(/option.* 7:16$/),
    'suite-unknown-key 8:1',
  ])
  for (const meant of ['split-procedural', 'mini-resnet', 'learningRate', 'seeds']) {
    expect(stderr).toContain(`Did you mean ${meant}?`)
  }
})

test('an option of another method, a tab and a key given twice are refused', async () => {
  const option = await refused(good.replace('[nmc]', '\n  - name: nmc\n    options: { exemplars: 200 }'))
  expect(option).toMatch(/^✗ [a-z-]+: .*exemplars.*\n {2}where {2}quick\.yaml:6:16/)
  expect(await refused(`${good}budget:\n\tthreads: 1\n`)).toMatch(
    /^✗ suite-tab: .*\n {2}where {2}quick\.yaml:6:1/,
  )
  expect(await refused(`${good}methods: [slda]\n`)).toMatch(
    /^✗ suite-duplicate-key: .*\n {2}where {2}quick\.yaml:5:1/,
  )
})

test('a wrong word on the command line is named by its flag', async () => {
  expect(await refused(good, ['--set', 'sedes=[0]'])).toMatch(
    /^✗ suite-unknown-key: .*Did you mean seeds\?\n {2}where {2}--set sedes=\[0\]/,
  )
  expect(await refused(good, ['--only', 'nmcc'])).toMatch(
    /^✗ unknown-method: .*Did you mean nmc\?\n {2}where {2}--only nmcc/,
  )
})

test('data that is not there and a method that does not compile are told together, before anything runs', async () => {
  written(folder, 'torn.ts', 'export const torn = defineMethod({')
  const stderr = await refused(`name: quick
streams: [split-cifar100, split-procedural]
backbones: [mini-resnet]
methods: [nmc, ./torn.ts]
`)
  expect(stderr).toMatch(/^✗ data-missing: /m)
  expect(stderr).toMatch(/^✗ method-module-unreadable: /m)
  expect(stderr).not.toContain('▸')
  expect(stderr).not.toContain('internal-error')
})

test('a method file that is not there is named with its place', async () => {
  expect(await refused(good.replace('nmc', 'nmc, ./absent.ts'))).toMatch(
    /^✗ suite-file-missing: .*absent\.ts.*\n {2}where {2}quick\.yaml:4:16 › methods\[1\]/,
  )
})

test('tasks that do not divide the classes are refused with the numbers that do', async () => {
  const stderr = await refused(
    good.replace('[split-procedural]', '\n  - { name: split-procedural, tasks: 3 }'),
  )
  expect(stderr).toContain(
    '✗ stream-does-not-divide: Shapes-20 has 20 classes, which do not make 3 equal tasks.',
  )
  expect(stderr).toContain('mend   Ask for 2, 4, 5, 10 or 20, or list the sizes yourself.')
})

test('check refuses what run refuses', async () => {
  const file = written(folder, 'quick.yaml', good.replace('nmc', 'nmcc'))
  const { code, stdout, stderr } = await streambed(['check', file, ...given])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('Did you mean nmc?')
})
