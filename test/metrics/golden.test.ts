import { expect, test } from 'vitest'
import { evaluationsFromMatrix, metricById } from '../../src/metrics/index.ts'

const five = [
  [0.7, 0.1, 0.1, 0.1, 0.1],
  [0.62, 0.6, 0.1, 0.1, 0.1],
  [0.74, 0.66, 0.8, 0.1, 0.1],
  [0.58, 0.5, 0.62, 0.75, 0.1],
  [0.6, 0.54, 0.58, 0.78, 0.82],
]
const small = [[0.8], [0.9, 0.7], [0.6, 0.5, 0.9]]
const worked = [
  [0.8, 0.2, 0.1],
  [0.9, 0.75, 0.15],
  [0.7, 0.6, 0.85],
]
const b = [0.1, 0.1, 0.05]
const equal = [100, 100, 100]

test.each([
  ['accuracy.last@task', five, { baseline: Array(5).fill(0.1) }, 0.664],
  ['accuracy.last@sample', five, { sizes: [50, 10, 10, 10, 10] }, 0.6355556],
  ['accuracy.average@task', five, {}, (0.7 + 0.61 + 2.2 / 3 + 0.6125 + 0.664) / 5],
  [
    'accuracy.average@sample',
    five,
    { sizes: [50, 10, 10, 10, 10] },
    (0.7 + 37 / 60 + 51.6 / 70 + 47.7 / 80 + 57.2 / 90) / 5,
  ],
  ['forgetting@chaudhry18', five, {}, 0.1125],
  ['forgetting@first-last', five, {}, 0.0875],
  ['forgetting@all-rows', five, {}, 0.12],
  ['bwt@lopezpaz17', five, {}, -0.0875],
  ['bwt@diazrodriguez18', five, {}, -0.073],
  ['fwt@lopezpaz17', five, { baseline: Array(5).fill(0.1) }, 0],
  // the second matrix of the reference sheet
  ['bwt@lopezpaz17', small, {}, -0.2], //         ( .6 − .8 + .5 − .7) / 2
  ['bwt@diazrodriguez18', small, {}, -0.1], //    ( .9 − .8 + .6 − .8 + .5 − .7) / 3
  ['forgetting@chaudhry18', small, {}, 0.25], //  ( .9 − .6 + .7 − .5) / 2
  ['forgetting@first-last', small, {}, 0.2],
  // a worked example with its upper triangle, computed elsewhere in double precision
  ['accuracy.last@task', worked, {}, 0.716667],
  ['accuracy.last@sample', worked, { sizes: equal }, 0.716667],
  ['accuracy.last@sample', worked, { sizes: [100, 300, 100] }, 0.67],
  ['accuracy.average@task', worked, {}, 0.780556],
  ['accuracy.average@sample', worked, { sizes: equal }, 0.780556],
  ['bwt@lopezpaz17', worked, {}, -0.125],
  ['bwt@diazrodriguez18', worked, {}, -0.05],
  ['forgetting@chaudhry18', worked, {}, 0.175],
  ['forgetting@first-last', worked, {}, 0.125],
  ['fwt@lopezpaz17', worked, { baseline: b }, 0.1],
  ['learning-accuracy', worked, {}, 0.8],
  // a task that is best at the end: the three forgettings part ways
  ['forgetting@chaudhry18', [[0.6], [0.7, 0.8]], {}, -0.1],
  ['forgetting@all-rows', [[0.6], [0.7, 0.8]], {}, 0],
  ['bwt@lopezpaz17', [[0.6], [0.7, 0.8]], {}, 0.1],
  // M1: a loop that ends one short finds no forgetting after the second task
  ['forgetting@chaudhry18', [[0.9], [0.6, 0.8]], {}, 0.3],
  ['forgetting@first-last', [[0.9], [0.6, 0.8]], {}, 0.3],
  ['bwt@lopezpaz17', [[0.9], [0.6, 0.8]], {}, -0.3],
] as const)('%s of %j with %j is %f', (id, R, options, value) => {
  expect(metricById(id).of(evaluationsFromMatrix(R, options))).toBeCloseTo(value, 6)
})

test('the average over samples is printed as 65.71 where the average over tasks is 66.40', () => {
  const evaluations = evaluationsFromMatrix(five, { sizes: [50, 10, 10, 10, 10] })
  const percent = (id: string) => ((metricById(id).of(evaluations) as number) * 100).toFixed(2)
  expect([
    percent('accuracy.last@task'),
    percent('accuracy.last@sample'),
    percent('accuracy.average@task'),
    percent('accuracy.average@sample'),
  ]).toEqual(['66.40', '63.56', '66.40', '65.71'])
})

test('a row filled beyond its own task does not change what is said of the tasks learned', () => {
  const lower = five.map((row, i) => row.slice(0, i + 1))
  for (const id of [
    'accuracy.average@task',
    'forgetting@chaudhry18',
    'bwt@diazrodriguez18',
    'learning-accuracy',
  ]) {
    const metric = metricById(id)
    expect(metric.of(evaluationsFromMatrix(lower))).toBe(metric.of(evaluationsFromMatrix(five)))
  }
})
