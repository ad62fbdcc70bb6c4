import { chmodSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { verify } from '../../src/conformance/index.ts'
import { foreignId, foreignMethod, isProgram, spentElsewhere } from '../../src/foreign/index.ts'
import { loadMethod } from '../../src/protocol/index.ts'
import { fileOf, programOf } from './program.ts'

/** How a walk of it down the micro-stream ends. */
async function ending(faults: Record<string, string>, described: Record<string, unknown> = {}) {
  const method = await foreignMethod(programOf(faults, described))
  const verdicts = await verify(method)
  return verdicts.find(({ outcome }) => outcome === 'broken')?.reason ?? 'nothing is broken'
}

test('a program in another language is a method like any other, and keeps every promise', async () => {
  const before = spentElsewhere().secondsCpu
  const method = await loadMethod(pathToFileURL(programOf()).href)
  expect(method).toMatchObject({ name: 'nearest', needs: { gradients: 'none' }, operations: 'unknown' })
  const verdicts = await verify(method)
  expect(verdicts.filter(({ outcome }) => outcome === 'broken')).toEqual([])
  expect(verdicts.filter(({ outcome }) => outcome === 'holds').length).toBeGreaterThan(12)
  expect(verdicts.find(({ check }) => check === 'operations')).toMatchObject({
    outcome: 'silent',
    reason: 'it computes elsewhere, and declares no operations',
  })
  expect(spentElsewhere().secondsCpu).toBeGreaterThan(before)
})

test('one that does not save what it counts is caught by the check of resuming', async () => {
  const method = await foreignMethod(programOf({ load: 'return null' }))
  const verdicts = await verify(method, { only: ['resume'] })
  expect(verdicts.filter(({ outcome }) => outcome === 'broken').map(({ check }) => check)).toEqual(['resume'])
})

test('operations are those that it declares, and another number is another verdict', async () => {
  const counting = { step: 'globalThis.more = { operations: 7 }; return right()' }
  const declared = await foreignMethod(programOf(counting, { operations: 'declared' }))
  const [first] = (await verify(declared, { only: ['operations'] })).filter(
    ({ check }) => check === 'operations',
  )
  expect(first).toMatchObject({ outcome: 'holds' })
  expect(await ending(counting)).toContain('described them as unknown')
  expect(await ending({ step: 'globalThis.more = { operations: 0.5 }; return right()' })).toContain(
    'operations must be a whole number from 0, and is 0.5',
  )
})

test.each([
  [
    'crashes',
    { step: 'console.error("out of luck"); process.exit(3)' },
    {},
    'method-process-crashed',
    'exit code 3 while it was asked for step. Its last words: out of luck',
  ],
  [
    'is killed',
    { stages: 'process.kill(process.pid, "SIGKILL"); for (;;);' },
    {},
    'method-process-crashed',
    'killed by SIGKILL while it was asked for stages',
  ],
  [
    'hangs',
    { step: 'for (;;);' },
    { answersWithin: 1 },
    'method-process-hung',
    'no answer to step within 1 s',
  ],
  [
    'hangs where all wait for it',
    { stages: 'for (;;);' },
    { answersWithin: 1 },
    'method-process-hung',
    'no answer to stages within 1 s',
  ],
  [
    'prints to stdout',
    { step: 'console.log("loss 0.3"); return right()' },
    {},
    'method-process-printed',
    '"loss 0.3',
  ],
  [
    'raises an error',
    { predict: 'globalThis.more = { error: { code: 1, message: "no such class", data: "line 12" } }' },
    {},
    'method-process-raised',
    'no such class\nline 12',
  ],
  [
    'gives scores the other way round',
    { predict: 'const of = right(); of.nearest.shape.reverse(); return of' },
    {},
    'scores-shape',
    'predict gave float32 [2 × 14] for "nearest", not float32 [14 × 2]',
  ],
  [
    'gives scores of another classifier',
    { predict: 'return { other: right().nearest }' },
    {},
    'scores-shape',
    'no array for "nearest"',
  ],
  [
    'answers another question',
    { step: 'id = 1; return right()' },
    {},
    'method-process-answer',
    'answered question 1',
  ],
  [
    'does not say what it has spent',
    { step: 'globalThis.more = { usage: null }; return right()' },
    {},
    'method-process-answer',
    'what it has spent',
  ],
  [
    'has stages of another form',
    { stages: 'return [{ name: "means", over: { images: "task", batch: 0, epochs: 1 } }]' },
    {},
    'method-process-answer',
    'stages',
  ],
  [
    'loses itself',
    { step: 'globalThis.n = (globalThis.n ?? 0) + 1; return { loss: { $number: "NaN" } }' },
    {},
    'loss-not-finite',
    'NaN',
  ],
] as const)('one that %s is told so by name', async (_, faults, described, code, words) => {
  const reason = await ending(faults, described)
  expect(reason.split(':')[0]).toBe(code)
  expect(reason).toContain(words)
})

test.each([
  [
    { describe: 'return { ...right(), needs: { gradients: "all" } }' },
    'method-process-answer',
    'needs: gradients',
  ],
  [{ describe: 'return { ...right(), classifiers: {} }' }, 'method-process-answer', 'names no classifier'],
  [{ describe: 'process.exit(1)' }, 'method-process-crashed', 'asked for describe'],
])('what it says of itself is looked at before anything runs: %j', async (faults, code, words) => {
  await expect(foreignMethod(programOf(faults))).rejects.toMatchObject({
    code,
    what: expect.stringContaining(words),
  })
})

test('a program that can’t be started is told so', async () => {
  const path = fileOf('broken', '#!/no/such/interpreter\n')
  chmodSync(path, 0o755)
  await expect(foreignMethod(path)).rejects.toMatchObject({ code: 'method-process-unstartable' })
})

test('its identity is that of the files that it names as its code', async () => {
  const [a, b] = [fileOf('helper', 'a'), fileOf('helper', 'b')]
  const idWith = async (files: string[]) =>
    foreignId(
      await foreignMethod(programOf({ describe: `return { ...right(), files: ${JSON.stringify(files)} }` })),
    )
  const id = await idWith([a])
  expect(id).toMatch(/^[0-9a-f]{16}$/)
  expect(await idWith([b])).not.toBe(id)
})

test('a module is no program, whether it may be executed or not, and a text is none either', () => {
  const [module, text] = [fileOf('mine.mjs', ''), fileOf('notes', '')]
  chmodSync(module, 0o755)
  expect([module, text, programOf(), 'mine.py'].map(isProgram)).toEqual([false, false, true, true])
})
