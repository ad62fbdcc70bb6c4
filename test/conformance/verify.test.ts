import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { naive } from '../../baselines/naive.ts'
import { nmc } from '../../baselines/nmc.ts'
import { checks, type Verdict, verify } from '../../src/conformance/index.ts'

test('a verdict comes for each check on each ground, as it is found, and a silent one says why', async () => {
  const told: Verdict[] = []
  const verdicts = await verify(nmc, { onVerdict: (verdict) => told.push(verdict) })
  expect(told).toEqual(verdicts)
  expect(verdicts.map(({ check }) => check)).toEqual(checks.map(({ name }) => name))
  expect(verdicts.every(({ outcome, reason }) => (outcome === 'holds') === (reason === undefined))).toBe(true)
  expect(verdicts.every(({ level }) => level === 'embeddings')).toBe(true)
})

test('one check brings along those without which it tells nothing, and no more', async () => {
  const verdicts = await verify(naive, { levels: ['embeddings'], only: ['any-order'] })
  expect(verdicts.map(({ check, outcome }) => [check, outcome])).toEqual([
    ['same-seed', 'holds'],
    ['predicting-changes-nothing', 'holds'],
    ['any-order', 'holds'],
  ])
})

test('an option that is set is tried as it is set', async () => {
  const met: unknown[] = []
  const listening = {
    ...naive,
    start(context: Parameters<typeof naive.start>[0]) {
      met.push(context.options.epochs)
      return naive.start(context)
    },
  }
  const quick = { ...listening, options: { ...naive.options, epochs: 60 } }
  await verify(quick, { levels: ['embeddings'], only: ['finite'] })
  await verify(quick, { levels: ['embeddings'], only: ['finite'], options: { epochs: 3 } })
  expect([...new Set(met)]).toEqual([2, 3])
})

test('a method whose plain walk breaks is told so once, with the reason, and nothing is said of the rest', async () => {
  const breaking = {
    ...nmc,
    start() {
      throw new RangeError('no such luck')
    },
  }
  const [first, ...others] = await verify(breaking)
  expect(first).toMatchObject({
    check: 'comes-to-its-end',
    outcome: 'broken',
    reason: 'method-crashed: no such luck',
  })
  expect(others.every(({ outcome }) => outcome === 'silent')).toBe(true)
})

test('the small networks are those on which methods are held against PyTorch', () => {
  const bytes = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url))
  for (const name of ['vit', 'cnn']) {
    expect(bytes(`src/conformance/tiny-${name}.onnx`).equals(bytes(`test/golden/methods/${name}.onnx`))).toBe(
      true,
    )
  }
})
