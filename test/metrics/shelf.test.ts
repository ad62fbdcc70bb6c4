import { expect, test } from 'vitest'
import { metricById, metrics } from '../../src/metrics/index.ts'

test('the ids of metrics are permanent', () => {
  expect(metrics.map((metric) => metric.id)).toEqual([
    'accuracy.last@task',
    'accuracy.last@sample',
    'accuracy.average@task',
    'accuracy.average@sample',
    'forgetting@chaudhry18',
    'forgetting@first-last',
    'forgetting@all-rows',
    'bwt@lopezpaz17',
    'bwt@diazrodriguez18',
    'fwt@lopezpaz17',
    'learning-accuracy',
    'accuracy.within-task@task',
    'task-inference@sample',
  ])
})

test.each(metrics)('$id says what it is, where it comes from and who prints it', (metric) => {
  for (const text of [metric.title, metric.symbol, metric.formula, metric.source, metric.printedBy]) {
    expect(text.trim()).not.toBe('')
  }
  expect(metric.range[0]).toBeLessThan(metric.range[1])
})

test('a mistyped id is answered with the nearest one', () => {
  expect(() => metricById('forgeting@chaudhry18')).toThrow(
    expect.objectContaining({ code: 'unknown-metric', mend: 'Did you mean forgetting@chaudhry18?' }),
  )
})
