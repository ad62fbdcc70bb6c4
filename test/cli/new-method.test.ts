import { mkdtempSync, readFileSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packageFolder, recordsOf, removed, streambed, written } from './streambed.ts'

/** Somewhere else altogether: no node_modules, no package.json, no tsconfig.json on the way up. */
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'streambed-mine-')))
afterAll(() => removed(folder))

const text = (methods: string) => `name: tiny
streams: [{ name: split-procedural, tasks: 2, images: { train: 3, test: 2 } }]
backbones: [mini-resnet]
methods: ${methods}
`
const suite = written(folder, 'tiny.yaml', text('[nmc, naive.head]'))
const here = (...args: string[]) => streambed(args, { cwd: folder })
const places = (results: string) => ['--data', folder, '--cache', 'cache', '--results', results]

let begun: Awaited<ReturnType<typeof streambed>>
beforeAll(async () => {
  begun = await here('new', 'method', 'my-method')
})

test('new method writes a file that says where to go on, and leaves one that is there alone', async () => {
  expect(begun).toMatchObject({ code: 0, stdout: './my-method.ts\n' })
  expect(begun.stderr).toContain('streambed verify ./my-method.ts')
  expect(begun.stderr).toContain('--with ./my-method.ts')
  const method = readFileSync(join(folder, 'my-method.ts'), 'utf8')
  expect(method).toContain("name: 'my-method'")
  expect(method).not.toContain('FILE')
  for (const line of method.split('\n')) expect(line.length).toBeLessThanOrEqual(120)

  expect(await here('new', 'method', 'my-method')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('file-exists'),
  })
  expect(readFileSync(join(folder, 'my-method.ts'), 'utf8')).toBe(method)
})

test('another name is the name of the file and of the method', async () => {
  const { code } = await here('new', 'method', 'lwf-2')
  expect(code).toBe(0)
  const method = readFileSync(join(folder, 'lwf-2.ts'), 'utf8')
  expect(method).toContain("name: 'lwf-2'")
  expect(method).not.toContain('my-method')
})

test.each([
  ['er', 'method-name-taken', 'my-er'],
  ['my method', 'method-name', 'as in my-method'],
  ['../mine', 'method-name', 'as in my-method'],
  ['mine.ts', 'method-name', '.ts is added'],
])('new method %s is refused', async (name, errorCode, mend) => {
  const { code, stdout, stderr } = await here('new', 'method', name)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(`✗ ${errorCode}:`)
  expect(stderr).toContain(mend)
})

test('the template keeps every promise as it is', async () => {
  const { code, stdout } = await here('verify', './my-method.ts')
  expect(stdout).not.toContain('✗')
  expect(stdout).toContain('A whole network: a small CNN')
  expect(code).toBe(0)
})

test('--with puts it beside the methods of a suite: check, run and report know it, by run ids of a suite that has it', async () => {
  const checked = await here('check', suite, ...places('beside'), '--with', './my-method.ts')
  expect(checked).toMatchObject({ code: 0, stderr: '' })
  expect(checked.stdout).toMatch(/^methods {3}nmc, naive.head, my-method: needs met/m)
  const { code, stdout, stderr } = await here('run', suite, ...places('beside'), '--with', './my-method.ts')
  expect(code, stderr).toBe(0)
  expect(stdout).toMatch(/^my-method /m)
  expect(stderr).toContain('(--with): ./my-method.ts')

  const report = await here('report', 'beside/tiny')
  expect(report.code).toBe(0)
  expect(report.stdout).toMatch(/^my-method /m)
  const id = /^tiny {2}\(suite (\w+)\)/.exec(checked.stdout)![1]
  expect(report.stdout).toContain(`Suite tiny, id ${id}.`)
  expect(readFileSync(join(folder, 'beside/tiny/suite.yaml'), 'utf8')).toBe(
    `${readFileSync(suite, 'utf8')}\n# --with ./my-method.ts\n`,
  )

  const inside = written(folder, 'inside.yaml', text('[nmc, naive.head, ./my-method.ts]'))
  const writtenIn = await here('run', inside, ...places('beside'))
  expect(writtenIn.code, writtenIn.stderr).toBe(0)
  expect(writtenIn.stderr).toContain('3 runs, 3 of them done already')
  expect(writtenIn.stdout).toBe(stdout) // suite id and all
  expect(Object.keys(recordsOf(join(folder, 'beside/tiny'))).sort()).toEqual([
    'my-method 0',
    'naive.head 0',
    'nmc 0',
  ])
})

test('without --with, the suite is what it was, and the record of before is named as left out', async () => {
  const { code, stdout, stderr } = await here('run', suite, ...places('beside'))
  expect(code).toBe(0)
  expect(stdout).not.toMatch(/^my-method /m)
  expect(stderr).toContain('2 runs, 2 of them done already')
})

const page = readFileSync(join(packageFolder, 'baselines/README.md'), 'utf8')

test('the variant that the page shows runs too; called as a row of the suite, its path is its label', async () => {
  const variant = /```ts\n(import \{ headOf[\s\S]*?)```/.exec(page)![1]
  written(folder, 'naive.head.ts', variant)
  const { code, stdout, stderr } = await here('run', suite, ...places('copied'), '--with', './naive.head.ts')
  expect(code, stderr).toBe(0)
  expect(stdout).toMatch(/^naive.head /m)
  expect(stdout).toMatch(/^\.\/naive\.head\.ts /m)
})

test('the page about methods names every need, and nothing that the door does not have', async () => {
  const contract = readFileSync(join(packageFolder, 'src/method/method.ts'), 'utf8')
  const needs = /export interface Needs \{([\s\S]*?)\n\}/.exec(contract)![1]
  for (const [, key] of needs.matchAll(/^ {2}(\w+)\??:/gm)) expect(page).toContain(`| \`${key}\` |`)
  const door = Object.keys(await import('../../src/index.ts'))
  const built = page.slice(page.indexOf('## What to build it from'), page.indexOf('## What it costs'))
  const members = [
    'network',
    'apply',
    'features',
    'scores',
    'step',
    'gradients',
    'snapshot',
    'weights',
    'head',
  ]
  const words = ['setAnchor', 'modules', 'trains']
  for (const [, name] of built.matchAll(/`([a-zA-Z]+)(?:\([^`]*)?`/g)) {
    expect([...door, ...members, ...words]).toContain(name)
  }
})
