import { expect, test } from 'vitest'
import { checks, verify } from '../../src/conformance/index.ts'
import { brokenMethods } from './broken/index.ts'

test.each(brokenMethods.map(({ method, check }) => [method.name, check, method] as const))(
  '%s is caught by the check of %s, and by no other',
  async (_, check, method) => {
    const verdicts = await verify(method, { levels: ['embeddings'] })
    const broken = verdicts.filter(({ outcome }) => outcome === 'broken')
    expect(broken.map((verdict) => verdict.check)).toEqual([check])
    expect(broken[0].reason).not.toBe('')
  },
)

test('every check has caught a method that was broken on purpose', () => {
  expect(
    checks.map(({ name }) => name).filter((name) => brokenMethods.every(({ check }) => check !== name)),
  ).toEqual([])
})
