import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { packageFolder, removed, startCommand, workplace, written } from '../cli/streambed.ts'

const folder = workplace()
afterAll(() => removed(folder))

const suite = written(
  folder,
  'library.yaml',
  `name: library
streams: [{ name: split-procedural, tasks: 2 }]
backbones: [mini-resnet]
methods: [chance, nmc]
`,
)

test('a script does what the command line does: check, run and report, by the name of the package', async () => {
  const script = written(
    folder,
    'script.mjs',
    `import { check, report, run, StreambedError } from 'streambed'

const places = { suite: ${JSON.stringify(suite)}, data: '.', cache: 'cache', results: 'results' }
const checked = await check(places)
const kinds = []
const first = await run({ ...places, onEvent: ({ kind }) => kinds.push(kind) })
const second = await run(places)
const { text, incomplete, remarks } = await report({ folders: ['results/library'], format: 'json' })
const wrong = await run({ ...places, only: ['nmcc'] }).catch((error) => error)
const stopped = await run({ ...places, set: ['seeds=[7]'], signal: AbortSignal.abort() })
console.log(JSON.stringify({
  checked, kinds: [...new Set(kinds)], first, second, rows: JSON.parse(text).rows, incomplete, remarks,
  code: wrong instanceof StreambedError && wrong.code, stopped: stopped.outcome,
}))
`,
  )
  const { code, stdout, stderr } = await startCommand(process.execPath, [script], { cwd: folder }).ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const said = JSON.parse(stdout)
  expect(said.checked).toMatch(/^library {2}\(suite [0-9a-f]{16}\)/)
  expect(said.kinds).toEqual(expect.arrayContaining(['plan', 'start', 'end']))
  expect(said.first).toMatchObject({ outcome: 'finished', total: 2, done: 2, failures: [] })
  expect(said.first.text).toMatch(/^nmc /m)
  expect(said.first.folder).toBe(join(folder, 'results/library'))
  expect(said.second).toMatchObject({ outcome: 'finished', total: 2, done: 2, text: said.first.text })
  expect(said.rows.map(({ method }: { method: string }) => method)).toEqual(['chance', 'nmc'])
  expect(said.incomplete).toBe(false)
  expect(said.remarks).toEqual([])
  expect(said.code).toBe('unknown-method')
  expect(said.stopped).toBe('interrupted')
})

test('each call of the library says in its declaration what it does', () => {
  const declared = readFileSync(join(packageFolder, 'dist/src/index.d.ts'), 'utf8')
  for (const name of ['run', 'check', 'report']) {
    expect(declared).toMatch(new RegExp(`\\*/\\s*export declare function ${name}\\(`))
  }
})
