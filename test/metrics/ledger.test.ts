import { expect, test } from 'vitest'
import {
  accuracyByClass,
  accuracyByTask,
  accuracyCurve,
  evaluationsOf,
  metricById,
  metrics,
} from '../../src/metrics/index.ts'
import type { Evaluation, FactEvent } from '../../src/record/index.ts'
import { makeRecord, smallRecord } from '../fixtures/records.ts'

const answers = (predicted: number[], within: number[]) => ({
  head: { predicted, within, pTrue: null, confidence: null },
})
const classes = (task: number, labels: number[]): FactEvent => ({ kind: 'classes', task, classes: labels })

/** Task 0 has classes 0 and 1 with two and one test examples, task 1 has class 2 with two. */
const first: Evaluation = {
  kind: 'evaluate',
  after: 0,
  tick: 3,
  sets: [{ task: 0, examples: 3 }],
  truth: [0, 0, 1],
  answers: answers([0, 0, 0], [0, 0, 0]), // 2 of 3
}
const second: Evaluation = {
  kind: 'evaluate',
  after: 1,
  tick: 6,
  sets: [
    { task: 0, examples: 3 },
    { task: 1, examples: 2 },
  ],
  truth: [0, 0, 1, 2, 2],
  answers: answers([2, 0, 1, 2, 0], [1, 0, 1, 2, 2]), // 2 of 3, and 1 of 2
}
const record = smallRecord([classes(0, [0, 1]), first, classes(1, [2]), second])
const counted = evaluationsOf(record)
const of = (id: string) => metricById(id).of(counted)

test('the matrix of a small record is what one counts by hand', () => {
  expect(counted.R.size).toBe(2)
  expect([counted.R.at(0, 0), counted.R.at(0, 1)]).toEqual([2 / 3, undefined])
  expect([counted.R.at(1, 0), counted.R.at(1, 1)]).toEqual([2 / 3, 1 / 2])
  expect(counted.rows.map((row) => row.tick)).toEqual([3, 6])
})

test('every number of a small record is what one counts by hand', () => {
  expect(of('accuracy.last@task')).toBeCloseTo((2 / 3 + 1 / 2) / 2)
  expect(of('accuracy.last@sample')).toBeCloseTo(3 / 5)
  expect(of('accuracy.average@sample')).toBeCloseTo((2 / 3 + 3 / 5) / 2)
  expect(of('forgetting@chaudhry18')).toBe(0)
  expect(of('learning-accuracy')).toBeCloseTo((2 / 3 + 1 / 2) / 2)
  expect(of('accuracy.within-task@task')).toBeCloseTo((2 / 3 + 1) / 2) // with the task given: 2 of 3, 2 of 2
  expect(of('task-inference@sample')).toBeCloseTo(3 / 5) // [2 0 1 | 2 0]: right task for 0, 1 and 2
  expect(of('fwt@lopezpaz17')).toBeUndefined()
  expect(accuracyByTask(counted)).toEqual([2 / 3, 1 / 2])
  expect(accuracyByTask(counted, 0)).toEqual([2 / 3, undefined])
  expect(accuracyByClass(counted)).toEqual([1 / 2, 1, 1 / 2])
  expect(accuracyCurve(counted, 'sample')).toEqual([2 / 3, 3 / 5])
  expect(accuracyCurve(counted, 'task')).toEqual([2 / 3, (2 / 3 + 1 / 2) / 2])
})

test('a class that is never predicted and never in test keeps its empty row and column', () => {
  // M11: a confusion matrix one row short
  expect([...(counted.rows[0].confusion as Uint32Array)]).toEqual([2, 0, 0, 1, 0, 0, 0, 0, 0])
  expect(accuracyByClass(counted, 0)).toEqual([1, 0, undefined])
})

test('an answer outside the task can be right within it', () => {
  expect(counted.rows[1].cells[0]).toEqual({
    accuracy: 2 / 3,
    total: 3,
    correct: 2,
    correctWithin: 2,
    inTask: 2,
  })
})

test('an evaluation inside a task does not take the place of the one after it', () => {
  const inside: Evaluation = { ...second, tick: 5, answers: answers([1, 1, 0, 0, 0], [1, 1, 0, 2, 2]) }
  const evaluations = evaluationsOf(smallRecord([classes(0, [0, 1]), first, classes(1, [2]), inside, second]))
  expect(evaluations.R.at(1, 0)).toBe(2 / 3)
  expect(evaluations.all.map((row) => row.tick)).toEqual([3, 5, 6])
})

test('forward transfer needs a head that knew the next classes and a measured start', () => {
  const start: Evaluation = {
    ...second,
    after: -1,
    tick: 0,
    answers: answers([1, 1, 1, 0, 2], [1, 1, 1, 2, 2]),
  }
  const early: Evaluation = {
    ...second,
    after: 0,
    tick: 3,
    answers: answers([0, 0, 0, 2, 2], [0, 0, 0, 2, 2]),
  }
  const fwt = metricById('fwt@lopezpaz17')
  expect(fwt.of(evaluationsOf(smallRecord([classes(0, [0, 1, 2]), start, early, second])))).toBe(1 - 1 / 2)
  expect(
    fwt.of(evaluationsOf(smallRecord([classes(0, [0, 1]), start, early, classes(1, [2]), second]))),
  ).toBeUndefined()
  expect(fwt.of(evaluationsOf(smallRecord([classes(0, [0, 1, 2]), early, second])))).toBeUndefined()
})

test('a run that learns everything at once has one row, a last accuracy, and no history', () => {
  const joint = evaluationsOf(makeRecord({ joint: true, learned: 0.95 }))
  expect(joint.R.size).toBe(1)
  expect(joint.R.after(0)).toBe(4)
  const defined = metrics.filter((metric) => metric.of(joint) !== undefined).map((metric) => metric.id)
  expect(defined).toEqual([
    'accuracy.last@task',
    'accuracy.last@sample',
    'accuracy.within-task@task',
    'task-inference@sample',
  ])
})

test('tasks that share their classes have no task to infer', () => {
  const shared = smallRecord([classes(0, [0, 1]), first])
  for (const task of shared.manifest.stream.tasks) Object.assign(task, { classes: [0, 1, 2] })
  expect(metricById('task-inference@sample').of(evaluationsOf(shared))).toBeUndefined()
})

test('a task with several right labels an image has no accuracy, rather than a wrong one', () => {
  const several = smallRecord([
    classes(0, [0, 1]),
    { ...first, truth: [-1, -1, -1], labels: [[0, 1], [], [1]] },
  ])
  Object.assign(several.manifest.stream.tasks[0], { kind: 'multi-label' })
  const evaluations = evaluationsOf(several)
  expect(evaluations.R.at(0, 0)).toBeUndefined()
  for (const metric of metrics) expect(metric.of(evaluations), metric.id).toBeUndefined()
})

test('the classifier that a method declares first makes its row, and any other can be asked for', () => {
  const two = smallRecord([
    classes(0, [0, 1]),
    { ...first, answers: { zeta: first.answers.head, alpha: answers([0, 0, 1], [0, 0, 1]).head } },
  ])
  Object.assign(two.manifest.method, { classifiers: { alpha: 'scores', zeta: 'scores' }, classifier: 'zeta' })
  expect(evaluationsOf(two).R.at(0, 0)).toBe(2 / 3)
  expect(evaluationsOf(two, 'alpha').R.at(0, 0)).toBe(1)
  expect(() => evaluationsOf(two, 'beta')).toThrow(expect.objectContaining({ code: 'unknown-classifier' }))
})
