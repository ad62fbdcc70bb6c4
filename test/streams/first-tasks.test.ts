import { expect, test } from 'vitest'
import { classIncremental, defineStream, layDeclared, taskIncremental } from '../../src/streams/index.ts'
import { madeDataset } from './made-dataset.ts'

const declare = (events: ReturnType<typeof classIncremental>) =>
  defineStream({
    name: 'made',
    title: 'Made',
    summary: '',
    source: '',
    dataset: 'made',
    order: 'natural',
    events,
  })

const six = madeDataset({ classes: 6 })
const byTwo = declare(classIncremental({ tasks: 'B0-Inc2' }))

test('the first tasks of a stream are the whole stream up to there, under a name that says so', () => {
  const whole = layDeclared(byTwo, {}, six)
  const begun = layDeclared(byTwo, { first: 2 }, six)
  expect(begun.name).toBe('made/b0-inc2-first2')
  expect(begun.title).toBe('Made, B0-Inc2, the first 2 tasks of 3')
  expect(begun.tasks).toEqual(whole.tasks.slice(0, 2))
  expect(begun.events).toEqual(whole.events.slice(0, 8))
  expect(begun.chunks.map((rows) => rows.length)).toEqual([8, 8, 0])
  expect(begun.labelOf).toEqual(whole.labelOf)
  expect(begun.id).not.toBe(whole.id)
})

test('tasks that are never learned are not evaluated either', () => {
  const all = declare(taskIncremental({ tasks: 3, evaluate: 'all' }))
  const evaluated = layDeclared(all, { first: 1 }, six).events.filter((event) => event.kind === 'evaluate')
  expect(evaluated).toEqual([{ kind: 'evaluate', after: 0, sets: [0] }])
})

test('as many as there are is the whole stream, and more are refused', () => {
  expect(layDeclared(byTwo, { first: 3 }, six).id).toBe(layDeclared(byTwo, {}, six).id)
  expect(() => layDeclared(byTwo, { first: 4 }, six)).toThrow(
    expect.objectContaining({
      code: 'stream-tasks-too-many',
      what: 'The first 4 tasks were asked of a stream of 3.',
    }),
  )
})
