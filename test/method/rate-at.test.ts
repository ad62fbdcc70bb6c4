import { expect, test } from 'vitest'
import { rateAt, type Scheduling, type StagePlace } from '../../src/method/index.ts'

const S = 100
/** Step n of a task of a hundred steps, which are ten epochs. */
const inTask = (n: number, task = 0): StagePlace => ({
  task,
  epoch: Math.floor(n / 10),
  epochs: 10,
  step: n,
  steps: S,
  overall: S * task + n,
})

type Asked = [StagePlace, number]
const expectRates = (options: Partial<Scheduling>, asked: readonly Asked[]) => {
  for (const [place, rate] of asked) {
    expect(rateAt({ learningRate: 1, ...options }, place), JSON.stringify(place)).toBeCloseTo(rate, 6)
    // A rate scales everything, its floor and plateau too.
    expect(rateAt({ learningRate: 0.2, ...options }, place)).toBeCloseTo(0.2 * rate, 6)
  }
}
const seen = (rates: Readonly<Record<number, number>>, task = 0): Asked[] =>
  Object.entries(rates).map(([n, rate]) => [inTask(Number(n), task), rate])

test('without a schedule the rate stays as it is', () => {
  expectRates({}, seen({ 0: 1, 57: 1, 99: 1 }))
})

test('a warm-up climbs in the first steps of each task', () => {
  for (const task of [0, 3]) expectRates({ warmUp: 10 }, seen({ 0: 0.1, 4: 0.5, 9: 1, 50: 1 }, task))
})

test('steps are taken by epochs', () => {
  expectRates({ schedule: 'step', drops: '3,6' }, seen({ 0: 1, 29: 1, 30: 0.1, 59: 0.1, 60: 0.01, 99: 0.01 }))
  expectRates({ schedule: 'step', drops: '3', warmUp: 4 }, seen({ 0: 0.25, 3: 1, 30: 0.1 }))
})

test('cosine annealing goes by epochs', () => {
  expectRates({ schedule: 'cosine-annealing' }, seen({ 0: 1, 9: 1, 50: 0.5, 59: 0.5 }))
  expectRates({ schedule: 'cosine-annealing', floor: 0.2 }, seen({ 50: 0.6 }))
})

test('the quarter of a cosine goes by epochs, to 1.57 % of the rate in the last', () => {
  expectRates({ schedule: 'quarter-cosine' }, seen({ 0: 1, 9: 1, 50: 0.649448, 99: 0.015707 }))
})

const climbs = { warmUp: 10, floor: 0.001 }

test('the repeated cosine warms up and decays again in every task', () => {
  for (const task of [0, 1, 7]) {
    expectRates(
      { schedule: 'repeated-cosine', ...climbs },
      seen({ 0: 0.1, 9: 1, 10: 0.999696, 54: 0.5005, 99: 0.001 }, task),
    )
  }
})

test('one cosine over the whole stream ends where it was told that the stream ends', () => {
  const options = { schedule: 'cosine', ...climbs, horizon: 100 }
  expectRates(options, seen({ 0: 0.1, 9: 1, 10: 0.999696, 54: 0.5005, 99: 0.001 }))
  expectRates({ ...options, horizon: 200 }, [[inTask(99, 1), 0.001]])
})

test('the peaks of the autoregressive cosine are 1, 0.491783, 0.245734, 0.144231, 0.024911, 0.007014', () => {
  const peaks = { 0: 1, 1: 0.491783, 2: 0.245734, 3: 0.144231, 9: 0.024911, 19: 0.007014 }
  for (const [task, peak] of Object.entries(peaks)) {
    expectRates({ schedule: 'autoregressive-cosine', ...climbs }, [[inTask(9, Number(task)), peak]])
  }
})

test('the inverse square root falls to 0 over its last steps', () => {
  expectRates(
    { schedule: 'rsqrt', ...climbs, coolDown: 10 },
    seen({ 9: 1, 10: 1, 40: 0.5005, 89: 0.335866, 90: 0.3006, 95: 0.130047, 99: 0 }),
  )
})

const endless = { warmUp: 10, coolDown: 30, plateau: 0.5, floor: 0.1 }
const released = { ...endless, annealAt: 80, annealFor: 20 }

test('the infinite schedule climbs, cools down, stays, and anneals for a release', () => {
  expectRates(
    { schedule: 'infinite', ...released },
    seen({ 0: 0, 5: 0.5, 10: 1, 25: 0.75, 40: 0.5, 60: 0.5, 80: 0.5, 90: 0.223607 }),
  )
  expectRates({ schedule: 'infinite', ...released }, [[inTask(0, 1), 0.1]])
  expectRates({ schedule: 'infinite-inverse-sqrt', ...released }, seen({ 10: 1, 25: 0.576406, 40: 0.5 }))
})

test('the infinite schedule is not reset by a task, and without annealing never ends', () => {
  expectRates({ schedule: 'infinite', ...endless }, seen({ 0: 0.5, 99: 0.5 }, 5))
})

test('warm-up, stable, decay: from the rate itself to the floor', () => {
  const options = { schedule: 'wsd', warmUp: 10, floor: 0.01, annealAt: 80, annealFor: 20 }
  expectRates(options, seen({ 0: 0, 5: 0.5, 10: 1, 80: 1, 90: 0.1 }))
  expectRates(options, [[inTask(0, 1), 0.01]])
})

test.each([
  [{ schedule: 'cosine' }, 'horizon'],
  [{ schedule: 'rsqrt' }, 'warmUp'],
  [{ schedule: 'wsd', annealFor: 10 }, 'floor'],
  [{ schedule: 'infinite', annealFor: 10 }, 'floor'],
])('%o says what it has not been told', (options, named) => {
  const ask = () => rateAt({ learningRate: 1, ...options }, inTask(0))
  expect(ask).toThrow(
    expect.objectContaining({ code: 'schedule-incomplete', mend: expect.stringContaining(named) }),
  )
})

test('a schedule of another name is refused with those that there are', () => {
  expect(() => rateAt({ learningRate: 1, schedule: 'cosin' }, inTask(0))).toThrow(
    expect.objectContaining({ code: 'option-not-known', what: expect.stringContaining('cosine') }),
  )
})
