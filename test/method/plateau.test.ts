import { expect, test } from 'vitest'
import { bytesOf, plateau } from '../../src/method/index.ts'

function pass(watch: ReturnType<typeof plateau>, ...losses: number[]) {
  for (const loss of losses) watch.add(loss, 10)
  const { better, lowered, flat } = watch.endPass()
  return better ? 'better' : lowered ? 'lowered' : flat ? 'flat' : 'waits'
}

const options = { patience: 2, decays: 1, factor: 0.1, tolerance: 0.01 }

test('two passes without progress lower the rate, two more end it', () => {
  const watch = plateau(options)
  expect([pass(watch, 2), pass(watch, 1), pass(watch, 1.5), pass(watch, 1.2)]).toEqual([
    'better',
    'better',
    'waits',
    'lowered',
  ])
  expect(watch.rate).toBeCloseTo(0.1)
  expect([pass(watch, 0.5), pass(watch, 0.5), pass(watch, 0.5)]).toEqual(['better', 'waits', 'flat'])
})

test('a loss lower by less than the tolerance is no progress', () => {
  const watch = plateau(options)
  expect([pass(watch, 1), pass(watch, 0.995), pass(watch, 0.985)]).toEqual(['better', 'waits', 'better'])
})

test('batches weigh by their examples', () => {
  const watch = plateau(options)
  pass(watch, 1)
  watch.add(0, 90)
  watch.add(9, 10) // mean 0.9
  expect(watch.endPass().better).toBe(true)
  watch.add(0, 10)
  watch.add(2, 10) // mean 1
  expect(watch.endPass().better).toBe(false)
})

test('a loss that is not a number is never progress', () => {
  expect(pass(plateau(options), Number.NaN)).toBe('waits')
})

test('restored in the middle of a pass, it decides the same', () => {
  const [a, b] = [plateau(options), plateau(options)]
  pass(a, 3)
  a.add(1, 4)
  b.load(structuredClone(a.save()))
  for (const watch of [a, b]) watch.add(8, 4)
  expect(b.endPass()).toEqual(a.endPass())
  expect(b.save()).toEqual(a.save())
  expect(a.bytes()).toBe(bytesOf(a.save()))
})
