import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageFolder, streambed, workplace, written } from './streambed.ts'

/** The method that the README shows. */
const mine = /```ts\n(import \{ classMeans[\s\S]*?)```/.exec(
  readFileSync(join(packageFolder, 'README.md'), 'utf8'),
)![1]

function fileOf(text: string): string {
  return written(workplace(), 'mine.ts', text)
}

test('a method of the shelf, and the one that the README shows, keep every promise', async () => {
  for (const method of ['nmc', fileOf(mine)]) {
    const { code, stdout, stderr } = await streambed(['verify', method])
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('✓ same-seed') })
    expect(stdout).not.toContain('✗')
    expect(stderr).toContain('0 broken')
  }
})

test('a method that forgets what it counts is told so, by name, and the exit code says it', async () => {
  const forgetful = mine.replace('parts: { means }', 'parts: {}')
  const { code, stdout } = await streambed([
    'verify',
    fileOf(forgetful),
    '--only',
    'resume',
    '--format',
    'json',
  ])
  expect(code).toBe(1)
  const verdicts = JSON.parse(stdout) as { check: string; outcome: string; reason?: string }[]
  expect(verdicts.filter(({ outcome }) => outcome === 'broken')).toMatchObject([
    { check: 'resume', reason: expect.stringContaining('stopped after every step') },
  ])
})

test.each([
  [['nnc'], 'unknown-method', 'Did you mean nmc?'],
  [['er.head', '--set', 'exemplers=5'], 'unknown-option', 'Did you mean exemplars?'],
  [['er.head', '--only', 'resme'], 'unknown-check', 'Did you mean resume?'],
  [['er.head', '--set', 'exemplars'], 'invalid-argument', 'Write option=value'],
])('verify %j is refused', async (args, code, mend) => {
  const { code: exit, stderr } = await streambed(['verify', ...args])
  expect(exit).toBe(2)
  expect(stderr).toContain(code)
  expect(stderr).toContain(mend)
})
