import { expect, test } from 'vitest'
import {
  autoregressiveCosine,
  constant,
  cosine,
  cosineAnnealing,
  infinite,
  type Place,
  repeatedCosine,
  rsqrt,
  type Schedule,
  step,
  warmedUp,
  wsd,
} from '../../src/learner/schedules/index.ts'
import torch from '../golden/learner/schedules.json' with { type: 'json' }

const inTask = (n: number, task = 0): Place => ({ step: n, task, steps: 100, overall: 100 * task + n })
const expectRates = (schedule: Schedule, rates: readonly (readonly [Place, number])[]) => {
  for (const [place, rate] of rates) expect(schedule.rate(place), JSON.stringify(place)).toBeCloseTo(rate, 6)
}

const endless = { peak: 1, plateau: 0.5, floor: 0.1, warmUp: 10, cooledAt: 40, anneal: { at: 80, steps: 20 } }

test('the infinite schedule climbs, cools down, stays, and anneals for a release', () => {
  const seen: [number, number][] = [
    [0, 0],
    [5, 0.5],
    [10, 1],
    [25, 0.75],
    [40, 0.5],
    [60, 0.5],
    [80, 0.5],
    [90, 0.223607],
    [100, 0.1],
  ]
  expectRates(
    infinite(endless),
    seen.map(([overall, rate]) => [{ step: 0, task: 0, steps: 0, overall }, rate]),
  )
})

test('its other cool-down falls as an inverse square root', () => {
  const seen: [number, number][] = [
    [10, 1],
    [25, 0.576406],
    [40, 0.5],
  ]
  expectRates(
    infinite({ ...endless, coolDown: 'inverse-sqrt' }),
    seen.map(([n, rate]) => [inTask(n), rate]),
  )
})

test('the infinite schedule is not reset by a new task, and without annealing it never ends', () => {
  const { anneal, ...never } = endless
  expectRates(infinite(never), [
    [{ step: 0, task: 3, steps: 5, overall: 25 }, 0.75],
    [{ step: 0, task: 9, steps: 5, overall: 1_000_000 }, 0.5],
  ])
  expect(infinite(never).needsHorizon).toBe(false)
})

test('warm-up, stable, decay stays at the peak until it anneals', () => {
  const schedule = wsd({ peak: 2, floor: 0.5, warmUp: 10, anneal: { at: 80, steps: 20 } })
  expectRates(schedule, [
    [inTask(5), 1],
    [inTask(10), 2],
    [inTask(80), 2],
    [inTask(90), 1],
    [inTask(100), 0.5],
  ])
})

const cosineOptions = { peak: 1, floor: 0.001, warmUp: 10 }
const wave: readonly (readonly [number, number])[] = [
  [0, 0.1],
  [9, 1],
  [10, 0.999696],
  [54, 0.5005],
  [99, 0.001],
]

test('a repeated cosine ends each task on its floor and climbs again in the next', () => {
  expectRates(repeatedCosine(cosineOptions), [
    ...wave.map(([n, rate]) => [inTask(n), rate] as const),
    [inTask(0, 1), 0.1],
  ])
})

test('one cosine over the stream takes no notice of tasks', () => {
  const schedule = cosine({ ...cosineOptions, total: 100 })
  expectRates(
    schedule,
    wave.map(([n, rate]) => [{ step: n % 20, task: Math.floor(n / 20), steps: 20, overall: n }, rate]),
  )
})

test('the peaks of the autoregressive cosine follow a cosine over the tasks', () => {
  const peaks: [number, number][] = [
    [0, 1],
    [1, 0.491783],
    [2, 0.245734],
    [3, 0.144231],
    [9, 0.024911],
    [19, 0.007014],
  ]
  expectRates(
    autoregressiveCosine(cosineOptions),
    peaks.map(([task, rate]) => [inTask(9, task), rate]),
  )
})

test('the inverse square root falls to exactly 0 over its cool-down', () => {
  const schedule = rsqrt({ peak: 1, floor: 0.001, warmUp: 10, coolDown: 10 })
  expectRates(schedule, [
    [inTask(9), 1],
    [inTask(10), 1],
    [inTask(40), 0.5005],
    [inTask(89), 0.335866],
    [inTask(90), 0.3006],
    [inTask(95), 0.130047],
  ])
  expect(schedule.rate(inTask(99))).toBe(0)
  expect(schedule.needsHorizon).toBe(true)
  expect(rsqrt({ peak: 1, warmUp: 10 }).needsHorizon).toBe(false)
})

test('a constant rate can be climbed to', () => {
  const schedule = warmedUp(constant({ peak: 2 }), 4)
  expect([0, 1, 2, 3, 4, 50].map((n) => schedule.rate(inTask(n)))).toEqual([0.5, 1, 1.5, 2, 2, 2])
})

test('drops and annealing are PyTorch’s MultiStepLR and CosineAnnealingLR', () => {
  const drops = step({ peak: 0.1, drops: [3, 7], factor: 0.2 })
  const annealing = cosineAnnealing({ peak: 0.05, floor: 0.002 })
  torch.multiStep.forEach((rate, n) => expect(drops.rate(inTask(n))).toBeCloseTo(rate, 14))
  torch.cosineAnnealing.forEach((rate, n) =>
    expect(annealing.rate({ ...inTask(n), steps: 10 })).toBeCloseTo(rate, 14),
  )
})
