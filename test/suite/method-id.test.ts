import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { baselines } from '../../baselines/index.ts'
import { methodClosure, methodId } from '../../src/suite/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'streambed-method-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}

/** A small house with a door, two parts, a report that nobody's method uses, and one user's method beside it. */
const house: Record<string, string> = {
  'house/package.json': '{ "type": "module", "sideEffects": false }',
  'house/src/index.ts': `export * from './method/index.ts'
export { report } from './report/index.ts'
export async function run() { return (await import('./harness.ts')).run() }`,
  'house/src/harness.ts': 'export const run = () => 1',
  'house/src/method/index.ts': `export { buffer } from './buffer.ts'
export { head } from './head.ts'`,
  'house/src/method/buffer.ts': `import { draw } from './draw.ts'
export const buffer = () => draw(3)`,
  'house/src/method/draw.ts': 'export const draw = (n: number) => n + 1',
  'house/src/method/head.ts': 'export const head = Object.freeze({ rate: 0.1 })',
  'house/src/report/index.ts': 'export const report = Object.freeze({ digits: 2 })',
  'mine/mine.ts': `import { buffer } from 'streambed'
import { twice } from './twice.ts'
import type { Kind } from './kind.ts'
export const mine = { name: 'mine', start: (kind: Kind) => twice(buffer()) }`,
  'mine/twice.ts': 'export const twice = (n: number) => 2 * n',
  'mine/kind.ts': "export type Kind = 'a' | 'b'",
  'mine/other.ts': 'export const other = 1',
}

const door = join(folder, 'house/src/index.ts')
const idOf = async (file = 'mine/mine.ts') => (await methodClosure(join(folder, file), door)).id

beforeEach(() => {
  for (const [file, text] of Object.entries(house)) write(file, text)
})

test('a method rests on its file, its imports and the parts it takes, and on nothing else', async () => {
  const { files } = await methodClosure(join(folder, 'mine/mine.ts'), door)
  const names = files.map((file) => file.split('/').slice(-2).join('/'))
  expect(names.sort()).toEqual(['method/buffer.ts', 'method/draw.ts', 'mine/mine.ts', 'mine/twice.ts'])
})

test.each([
  ['its own file', 'mine/mine.ts', "'mine'", "'yours'"],
  ['a file beside it that it imports', 'mine/twice.ts', '2 * n', '3 * n'],
  ['a part that it uses', 'house/src/method/buffer.ts', '3', '4'],
  ['what that part uses', 'house/src/method/draw.ts', 'n + 1', 'n + 2'],
])('a change in %s changes the id', async (_, file, from, to) => {
  const before = await idOf()
  write(file, house[file].replace(from, to))
  expect(await idOf()).not.toBe(before)
})

test.each([
  ['another method', 'mine/other.ts', '1', '2'],
  ['a part that it does not use', 'house/src/method/head.ts', '0.1', '0.2'],
  ['the report', 'house/src/report/index.ts', '2', '3'],
  ['the harness', 'house/src/harness.ts', '1', '2'],
  ['a type', 'mine/kind.ts', "'b'", "'c'"],
  ['a comment', 'mine/mine.ts', 'export', '/** What it is. */\nexport'],
  ['white space', 'mine/twice.ts', '2 * n', '2   *\n  n'],
])('a change in %s leaves the id alone', async (_, file, from, to) => {
  const before = await idOf()
  write(file, house[file].replace(from, to))
  expect(await idOf()).toBe(before)
})

test('compiled and source code have one id, as have a path and its address', async () => {
  write(
    'built/mine.js',
    `import { buffer } from 'streambed';
import { twice } from './twice.js';
/** Kept by the compiler. */
export const mine = { name: 'mine', start: (kind) => twice(buffer()) };
`,
  )
  write('built/twice.js', 'export const twice = (n) => 2 * n;\n//# sourceMappingURL=twice.js.map\n')
  expect(await idOf('built/mine.js')).toBe(await idOf())
  expect((await methodClosure(pathToFileURL(join(folder, 'mine/mine.ts')).href, door)).id).toBe(await idOf())
})

test('a method that can’t be read is an error with its line', async () => {
  write('mine/broken.ts', 'export const broken = {\n  name: \n}')
  await expect(idOf('mine/broken.ts')).rejects.toMatchObject({
    code: 'method-module-unreadable',
    where: expect.stringMatching(/broken\.ts:3$/),
  })
  await expect(idOf('mine/none.ts')).rejects.toMatchObject({ code: 'method-module-unreadable' })
  write('mine/lost.ts', "import { x } from './gone.ts'\nexport const lost = x")
  await expect(idOf('mine/lost.ts')).rejects.toMatchObject({ what: expect.stringContaining('./gone.ts') })
})

test('no baseline rests on the report, the metrics or the terminal, and no two are one', async () => {
  const closures = await Promise.all(baselines.map(({ module }) => methodClosure(module)))
  for (const [i, { files }] of closures.entries()) {
    expect(files).toContain(`baselines/${basename(baselines[i].module)}`)
    const rooms = files.map((file) => /src\/(\w+)/.exec(file)?.[1])
    for (const room of ['report', 'metrics', 'tui', 'cli', 'store', 'suite', 'harness', 'protocol']) {
      expect(rooms).not.toContain(room)
    }
  }
  expect(new Set(closures.map(({ id }) => id)).size).toBe(baselines.length)
  expect(await methodId(baselines[0].module)).toBe(closures[0].id)
})
