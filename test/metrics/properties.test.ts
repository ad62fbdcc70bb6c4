import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluationsFromMatrix, evaluationsOf, metricById, metrics } from '../../src/metrics/index.ts'
import type { FactEvent, RunRecord } from '../../src/record/index.ts'
import { makeRecord } from '../fixtures/records.ts'

const value = (id: string, R: number[][], options = {}) =>
  metricById(id).of(evaluationsFromMatrix(R, options))
const share = fc.double({ min: 0, max: 1, noNaN: true })
const matrix = fc
  .integer({ min: 2, max: 7 })
  .chain((T) =>
    fc.tuple(...Array.from({ length: T }, (_, i) => fc.array(share, { minLength: i + 1, maxLength: i + 1 }))),
  )
  .map((rows) => rows as number[][])

test('last accuracy reads only the last row', () => {
  fc.assert(
    fc.property(matrix, share, (R, other) => {
      const changed = R.map((row, i) => (i < R.length - 1 ? row.map(() => other) : row))
      for (const over of ['task', 'sample']) {
        const sizes = R.map((_, j) => j + 1)
        expect(value(`accuracy.last@${over}`, changed, { sizes })).toBe(
          value(`accuracy.last@${over}`, R, { sizes }),
        )
      }
    }),
  )
})

test('forgetting from the first value is minus the backward transfer of GEM', () => {
  fc.assert(
    fc.property(matrix, (R) => {
      expect(value('forgetting@first-last', R)).toBeCloseTo(-(value('bwt@lopezpaz17', R) as number), 12)
    }),
  )
})

test('forgetting from all rows is never negative, and never below the one from earlier rows or the first', () => {
  fc.assert(
    fc.property(matrix, (R) => {
      const all = value('forgetting@all-rows', R) as number
      expect(all).toBeGreaterThanOrEqual(0)
      expect(all).toBeGreaterThanOrEqual((value('forgetting@chaudhry18', R) as number) - 1e-12)
      expect(value('forgetting@chaudhry18', R)).toBeGreaterThanOrEqual(
        (value('forgetting@first-last', R) as number) - 1e-12,
      )
    }),
  )
})

test('over tasks and over samples agree exactly when test sets are equally large', () => {
  fc.assert(
    fc.property(matrix, fc.integer({ min: 1, max: 1000 }), (R, size) => {
      const sizes = R.map(() => size)
      for (const which of ['last', 'average']) {
        expect(value(`accuracy.${which}@sample`, R, { sizes })).toBeCloseTo(
          value(`accuracy.${which}@task`, R, { sizes }) as number,
          10,
        )
      }
    }),
  )
  expect(value('accuracy.last@sample', [[1], [1, 0]], { sizes: [3, 1] })).toBe(0.75)
  expect(value('accuracy.last@task', [[1], [1, 0]], { sizes: [3, 1] })).toBe(0.5)
})

test('all values lie in their declared range', () => {
  fc.assert(
    fc.property(matrix, (R) => {
      const evaluations = evaluationsFromMatrix(R, { sizes: R.map((_, j) => j + 1) })
      for (const metric of metrics) {
        const number = metric.of(evaluations)
        if (number === undefined) continue
        expect(number).toBeGreaterThanOrEqual(metric.range[0] - 1e-12)
        expect(number).toBeLessThanOrEqual(metric.range[1] + 1e-12)
      }
    }),
  )
})

test('after one task nothing can have been forgotten or transferred: no value, and not 0', () => {
  const one = evaluationsFromMatrix([[0.9]], { sizes: [10], baseline: [0.1] })
  for (const id of [
    'forgetting@chaudhry18',
    'forgetting@first-last',
    'forgetting@all-rows',
    'bwt@lopezpaz17',
    'bwt@diazrodriguez18',
    'fwt@lopezpaz17',
  ]) {
    expect(metricById(id).of(one), id).toBeUndefined()
  }
  expect(metricById('accuracy.last@task').of(one)).toBe(0.9)
  expect(metricById('learning-accuracy').of(one)).toBe(0.9)
})

test('before the first evaluation nothing has a value', () => {
  for (const metric of metrics) expect(metric.of(evaluationsFromMatrix([])), metric.id).toBeUndefined()
})

test('a cell that was not evaluated makes what rests on it undefined, and is not left out of a mean', () => {
  const hole = [[0.9], [undefined, 0.8], [0.5, 0.6, 0.7]]
  const of = (id: string, sizes?: number[]) => metricById(id).of(evaluationsFromMatrix(hole, { sizes }))
  expect(of('forgetting@chaudhry18')).toBeUndefined()
  expect(of('bwt@diazrodriguez18')).toBeUndefined()
  expect(of('accuracy.average@task')).toBeUndefined()
  expect(of('accuracy.average@sample', [1, 1, 1])).toBeUndefined()
  expect(of('bwt@lopezpaz17')).toBeCloseTo((0.5 - 0.9 + 0.6 - 0.8) / 2)
})

test('without test-set sizes nothing is said over samples', () => {
  expect(value('accuracy.last@sample', [[1], [1, 0]])).toBeUndefined()
})

test('the order in which examples stand in the ledger changes no metric', () => {
  const record = makeRecord({ tasks: [3, 1, 2], testPerClass: [9, 2, 5, 7, 4, 6], lostPerTask: 0.2 })
  const before = metrics.map((metric) => metric.of(evaluationsOf(record)))
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (keys) => {
      const shuffled = { ...record, events: record.events.map((event) => shuffle(event, keys)) }
      expect(metrics.map((metric) => metric.of(evaluationsOf(shuffled)))).toEqual(before)
    }),
    { numRuns: 20 },
  )
})

test.each([1, 2, 5, 20])(
  'forgetting of tasks of %d classes is grouped by task and never by ten classes',
  (size) => {
    const record = makeRecord({ tasks: Array(20 / size).fill(size), lostPerTask: 0.1 })
    const evaluations = evaluationsOf(record)
    const forgetting = metricById('forgetting@chaudhry18').of(evaluations)
    if (size === 20) {
      expect(forgetting).toBeUndefined()
      return
    }
    const T = 20 / size
    expect(evaluations.R.size).toBe(T)
    let sum = 0
    for (let j = 0; j < T - 1; j++) {
      const column = Array.from({ length: T }, (_, i) => evaluations.R.at(i, j)).slice(j) as number[]
      sum += Math.max(...column.slice(0, -1)) - column[column.length - 1]
    }
    expect(forgetting).toBeCloseTo(sum / (T - 1), 12)
  },
)

/** The event with the rows of each of its sets in another order. */
function shuffle(event: FactEvent, keys: Iterator<number>): RunRecord['events'][number] {
  if (event.kind !== 'evaluate') return event
  const order: number[] = []
  let at = 0
  for (const { examples } of event.sets) {
    const places = Array.from({ length: examples }, (_, i) => ({
      place: at + i,
      key: keys.next().value as number,
    }))
    order.push(...places.sort((a, b) => a.key - b.key).map(({ place }) => place))
    at += examples
  }
  const { predicted, within, pTrue, confidence } = event.answers.head
  const moved = <T>(column: readonly T[]) => order.map((place) => column[place])
  return {
    ...event,
    truth: moved(event.truth),
    answers: {
      head: {
        predicted: moved(predicted),
        within: moved(within),
        pTrue: pTrue && moved(pTrue),
        confidence: confidence && moved(confidence),
      },
    },
  }
}
