import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { extract } from 'tar'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packageFolder, removed, startCommand, workplace } from './streambed.ts'

/** As npm would publish it, unpacked where a user's node_modules would have it; packages are linked, not fetched. */
const folder = workplace()
const installed = join(folder, 'installed')
afterAll(() => removed(folder))

let tarball: string
beforeAll(async () => {
  const npm = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const [packed] = JSON.parse(
    execFileSync('npm', npm, { cwd: packageFolder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  )
  tarball = join(folder, packed.filename)
  mkdirSync(installed)
  await extract({ file: tarball, cwd: installed, strip: 1 })
  symlinkSync(join(packageFolder, 'node_modules'), join(installed, 'node_modules'))
})

const bin = () => {
  const { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  return join(installed, bin.streambed)
}
const streambed = (...args: string[]) =>
  startCommand(process.execPath, [bin(), ...args], { cwd: folder }).ended

function filesIn(place: string): string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(place, join(entry.parentPath, entry.name)))
}

test('the package holds what runs, what is read while it runs, and its sources', () => {
  const files = filesIn(installed)
  expect(files).toEqual(
    expect.arrayContaining([
      'package.json',
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'dist/src/cli/main.js',
      'dist/src/index.js',
      'dist/src/index.d.ts',
      'dist/src/protocol/child.js',
      'dist/src/protocol/method-hooks.js',
      'dist/src/foreign/worker.js',
      'python/streambed.py',
      'dist/src/embeddings/decode-worker.js',
      'dist/baselines/er.head.js',
      'baselines/er.head.ts',
      'src/index.ts',
      'suites/default.yaml',
      'suites/suite.schema.json',
    ]),
  )
  // Data files stay beside their shelf: every one that the sources have is in the package.
  const shipped = new Set(files)
  const data = filesIn(join(packageFolder, 'src'))
    .filter((file) => !/\.tsx?$/.test(file))
    .map((file) => `src/${file}`)
  expect(data.filter((file) => !shipped.has(file))).toEqual([])
  expect(
    data.some((file) => file.endsWith('.onnx')) && data.some((file) => file.endsWith('.lock.json')),
  ).toBe(true)
})

test('the package holds no tests, results, caches or build records, and is small', () => {
  const files = filesIn(installed)
  const unwanted = files.filter((file) =>
    /(^|\/)(test|results|node_modules|\.git|\.ci|coverage)\/|\.test\.|tsbuildinfo|\.tgz$|\.DS_Store/.test(
      file,
    ),
  )
  expect(unwanted).toEqual([])
  expect(statSync(tarball).size).toBeLessThan(2.5e6)
  const largest = files.filter((file) => statSync(join(installed, file)).size > 100_000)
  expect(largest.sort()).toEqual(['src/backbones/mini-resnet.onnx', 'src/backbones/mini-vit.onnx'])
})

test('the package names no place of the machine it was made on', () => {
  const telling = filesIn(installed).filter((file) => {
    if (!/\.(js|ts|json|md|yaml|map)$/.test(file)) return false
    return readFileSync(join(installed, file), 'utf8').includes(packageFolder.replace(/\/$/, ''))
  })
  expect(telling).toEqual([])
})

test('unpacked elsewhere, the command works: version, shelves, schema, help', async () => {
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  expect(await streambed('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  for (const shelf of ['methods', 'backbones', 'streams', 'suites', 'metrics']) {
    const { code, stdout, stderr } = await streambed('list', shelf, '--format', 'json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout).length).toBeGreaterThan(1)
  }
  expect(JSON.parse((await streambed('schema')).stdout).$schema).toContain('draft-07')
})

test('unpacked elsewhere, a suite runs from the bundled network and drawn pictures to its table', async () => {
  const args = ['--only', 'nmc', '--cache', join(folder, 'cache'), '--results', join(folder, 'results')]
  const { code, stdout, stderr } = await streambed('run', 'suites/default.yaml', ...args)
  expect(code, stderr).toBe(0)
  expect(stdout).toMatch(/^nmc /m)
  expect(existsSync(join(folder, 'results/default/accuracy-split-procedural-b0-inc4-mini-resnet.svg'))).toBe(
    true,
  )
})
