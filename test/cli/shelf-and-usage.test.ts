import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { main, removed, startCommand, streambed, workplace } from './streambed.ts'

const folder = workplace()
afterAll(() => removed(folder))

const commands = [
  [],
  ['run'],
  ['report'],
  ['check'],
  ['list'],
  ['data'],
  ['data', 'get'],
  ['data', 'verify'],
  ['data', 'ls'],
  ['backbone'],
  ['backbone', 'add'],
  ['backbone', 'check'],
  ['cache'],
  ['cache', 'ls'],
  ['cache', 'prune'],
  ['cache', 'verify'],
  ['schema'],
  ['verify'],
  ['new'],
  ['new', 'method'],
]

test.each(commands.map((words) => [['streambed', ...words].join(' '), words] as const))(
  '%s --help prints its usage to stdout and nothing to stderr',
  async (name, words) => {
    const { code, stdout, stderr } = await streambed([...words, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.startsWith(`Usage: ${name} `)).toBe(true)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  },
)

test('every command that there is is named by --help', async () => {
  const { stdout } = await streambed(['--help'])
  for (const word of new Set(commands.flatMap((words) => words.slice(0, 1)))) {
    expect(stdout).toMatch(new RegExp(`^  ${word} `, 'm'))
  }
})

test('--version is the version of the package', async () => {
  expect(await streambed(['--version'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  })
})

test.each<[string[], string, string | undefined]>([
  [['rnu', 'suites/default.yaml'], 'unknown-command', 'Did you mean run?'],
  [['run', 'suites/default.yaml', '--resluts', 'x'], 'unknown-option', 'Did you mean --results?'],
  [['data', 'get', 'cifar-100', '--form', 'x'], 'unknown-option', 'Did you mean --from?'],
  [['run'], 'missing-argument', undefined],
  [['data', 'verify'], 'missing-argument', undefined],
  [['backbone', 'add'], 'missing-argument', undefined],
  [['run', 'a.yaml', 'b.yaml'], 'excess-arguments', undefined],
  [['run', 'a.yaml', '--jobs'], 'option-missing-argument', undefined],
  [['run', 'a.yaml', '--jobs', 'two'], 'invalid-argument', 'It takes a whole number from 1 up.'],
  [['run', 'a.yaml', '--jobs', '0'], 'invalid-argument', undefined],
  [['run', 'a.yaml', '--jobs', '1.5'], 'invalid-argument', undefined],
  [['cache', 'prune', '--older-than', 'never'], 'invalid-argument', 'It takes a number from 0 up.'],
  [['cache', 'prune'], 'prune-needs-choice', '--older-than DAYS'],
  [['list', 'shelves'], 'invalid-argument', 'streams, methods, backbones, metrics, suites'],
  [['new', 'methd', 'x'], 'unknown-command', 'Did you mean method?'],
  [['new', 'method'], 'missing-argument', undefined],
  [['run', 'a.yaml', '--with'], 'option-missing-argument', undefined],
  [['report', 'x', '--format', 'word'], 'invalid-argument', 'terminal, md, csv, latex, json'],
  [['report', 'nowhere'], 'no-such-folder', 'Name the folder that a suite was run into'],
  [['run', 'nowhere.yaml'], 'suite-missing', 'streambed list suites'],
  [['check', 'nowhere.yaml'], 'suite-missing', 'streambed list suites'],
  [['data', 'get', 'cifar-1000'], 'unknown-dataset', 'Did you mean cifar-100?'],
  [['backbone', 'check', 'vit-tin'], 'unknown-backbone', 'vit-tiny'],
])(
  '%s is wrong usage: exit 2, the code and how to mend it on stderr, nothing on stdout',
  async (args, errorCode, mend) => {
    const { code, stdout, stderr } = await streambed(args, { cwd: folder })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^✗ ${errorCode}: .+\\n(  where  .+\\n( *\\S.*\\n)*)?  mend   .+\\n$`))
    if (mend) expect(stderr).toContain(mend)
    expect(readdirSync(folder)).toEqual(['node_modules'])
  },
)

test.each([
  ['streams'],
  ['methods'],
  ['backbones'],
  ['metrics'],
  ['suites'],
  ['datasets'],
  ['preprocessing'],
])('list %s prints one line each, and as JSON an array of { name, summary, … }', async (shelf) => {
  const [text, json] = await Promise.all([
    streambed(['list', shelf]),
    streambed(['list', shelf, '--format', 'json']),
  ])
  expect([text.code, text.stderr, json.code, json.stderr]).toEqual([0, '', 0, ''])
  const items = JSON.parse(json.stdout) as { name: unknown; summary: unknown }[]
  expect(items.length).toBeGreaterThan(1)
  for (const item of items) {
    expect(item.name).toMatch(/\S/)
    expect(item.summary).toMatch(/\S/)
  }
  const lines = text.stdout.trimEnd().split('\n')
  expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual(items.map((item) => item.name))
  expect(new Set(items.map((item) => item.name)).size).toBe(items.length)
})

test('what is on the shelves has the names that suites and papers use', async () => {
  const names = async (shelf: string) => {
    const { stdout } = await streambed(['list', shelf, '--format', 'json'])
    return (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)
  }
  expect(await names('methods')).toEqual(
    expect.arrayContaining([
      'chance',
      'majority',
      'nmc',
      'simplecil',
      'slda',
      'naive.head',
      'er.head',
      'joint.head',
    ]),
  )
  expect(await names('metrics')).toEqual(
    expect.arrayContaining([
      'accuracy.last@task',
      'accuracy.last@sample',
      'accuracy.average@task',
      'accuracy.average@sample',
      'forgetting@chaudhry18',
      'forgetting@first-last',
      'forgetting@all-rows',
      'bwt@lopezpaz17',
      'bwt@diazrodriguez18',
      'fwt@lopezpaz17',
      'learning-accuracy',
    ]),
  )
  expect(await names('suites')).toContain('suites/default.yaml')
})

test('schema prints a JSON Schema of draft 7 that names the settings of a suite', async () => {
  const { code, stdout, stderr } = await streambed(['schema'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const schema = JSON.parse(stdout)
  expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#')
  expect(Object.keys(schema.properties)).toEqual(
    expect.arrayContaining([
      'name',
      'streams',
      'backbones',
      'methods',
      'seeds',
      'exclude',
      'metrics',
      'budget',
    ]),
  )
  expect(schema.additionalProperties).toBe(false)
})

test('a reader that has seen enough closes the pipe, and nobody complains', async () => {
  const pipe = `"$0" "$1" list metrics --format json | head -n 1; echo "exit \${PIPESTATUS[0]}" >&2`
  const { stdout, stderr } = await startCommand('bash', ['-c', pipe, process.execPath, main]).ended
  expect({ stdout, stderr }).toEqual({ stdout: '[\n', stderr: 'exit 0\n' })
})

test('the suite that comes with Streambed is found from any folder, and checking it runs nothing', async () => {
  const { code, stdout, stderr } = await streambed(
    [
      'check',
      'suites/default.yaml',
      '--only',
      'nmc',
      '--cache',
      join(folder, 'cache'),
      '--results',
      join(folder, 'results'),
    ],
    { cwd: folder },
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^default {2}\(suite [0-9a-f]{16}\)\n/)
  for (const word of ['data', 'stream', 'backbone', 'methods', 'embed', 'runs', 'compute', 'in all']) {
    expect(stdout).toMatch(new RegExp(`^${word} +\\S`, 'm'))
  }
  expect(stdout).toContain('2,640 to compute')
  expect(stdout).toContain('runs      2, of which 0 are done') // nmc on two streams
  expect(stdout).toMatch(/^compute +4[23]\.\d GFLOP /m) // 2 × 2,000 pictures × 0.0107
  expect(existsSync(join(folder, 'results'))).toBe(false)
  expect(existsSync(join(folder, 'cache/embeddings'))).toBe(false)
})
