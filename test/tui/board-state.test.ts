import { expect, test } from 'vitest'
import { advance, type BoardState, duration, emptyBoard, secondsLeft } from '../../src/tui/board-state.ts'
import type { BoardEvent } from '../../src/tui/index.ts'

const plan: BoardEvent = {
  kind: 'plan',
  suite: 'quick',
  cells: [
    { id: 'a', label: 'nmc · seed 0' },
    { id: 'b', label: 'er.head · seed 0' },
    { id: 'c', label: 'er.head · seed 1' },
  ],
  alreadyDone: 0,
}

const after = (...events: BoardEvent[]): BoardState => events.reduce(advance, emptyBoard(0))

const step: BoardEvent = {
  kind: 'step',
  cell: 'b',
  phase: 'learn',
  task: 1,
  tasks: 5,
  stage: 'train',
  done: 30,
  total: 120,
  imagesPerSecond: 640,
  loss: 0.25,
}

test('a run that begins is at work under its label, and a step says what it is doing', () => {
  const begun = after(plan, { kind: 'start', cell: 'b' })
  expect(begun.working).toEqual([
    { cell: 'b', label: 'er.head · seed 0', phase: 'start', done: 0, total: 0, imagesPerSecond: 0 },
  ])
  const { kind: _, ...told } = step
  expect(advance(begun, step).working).toEqual([{ label: 'er.head · seed 0', ...told }])
})

test('a step of a run that is not at work changes nothing', () => {
  const state = after(plan, { kind: 'start', cell: 'a' })
  expect(advance(state, step)).toEqual(state)
})

test('finished and failed runs are counted apart, and stopped ones are neither', () => {
  const state = after(
    plan,
    { kind: 'start', cell: 'a' },
    { kind: 'start', cell: 'b' },
    { kind: 'start', cell: 'c' },
    { kind: 'end', cell: 'a', outcome: 'finished' },
    { kind: 'end', cell: 'b', outcome: 'failed', error: 'loss-not-finite: the loss became NaN' },
    { kind: 'end', cell: 'c', outcome: 'interrupted' },
  )
  expect(state.finished).toBe(1)
  expect(state.failed).toEqual([{ label: 'er.head · seed 0', error: 'loss-not-finite: the loss became NaN' }])
  expect(state.working).toEqual([])
  expect(state.ended.map(({ outcome }) => outcome)).toEqual(['finished', 'failed', 'interrupted'])
})

test('embedding is work that ends, and no run of the suite', () => {
  const state = after(
    plan,
    { kind: 'start', cell: 'embed cifar-100 · vit-tiny' },
    { kind: 'end', cell: 'embed cifar-100 · vit-tiny', outcome: 'finished' },
  )
  expect(state.finished).toBe(0)
  expect(state.ended).toEqual([{ label: 'embed cifar-100 · vit-tiny', outcome: 'finished' }])
})

test('embeddings that fail are no failed run of the suite, so the count never passes the total', () => {
  const state = after(plan, {
    kind: 'end',
    cell: 'embed cifar-100 · vit-tiny',
    outcome: 'failed',
    error: 'disk-full: no room',
  })
  expect(state.failed).toEqual([])
  expect(state.ended.at(-1)).toEqual({ label: 'embed cifar-100 · vit-tiny', outcome: 'failed' })
})

test('the last five that ended are kept, and the last four remarks', () => {
  const ends = Array.from(
    { length: 7 },
    (_, i): BoardEvent => ({ kind: 'end', cell: `${i}`, outcome: 'finished' }),
  )
  const remarks = Array.from({ length: 6 }, (_, i): BoardEvent => ({ kind: 'remark', text: `${i}` }))
  const state = after(plan, ...ends, ...remarks)
  expect(state.ended.map(({ label }) => label)).toEqual(['2', '3', '4', '5', '6'])
  expect(state.remarks).toEqual(['2', '3', '4', '5'])
})

test('the events so far are not changed by later ones', () => {
  const before = after(plan, { kind: 'start', cell: 'b' })
  const copy = structuredClone(before)
  advance(advance(before, step), { kind: 'end', cell: 'b', outcome: 'finished' })
  expect(before).toEqual(copy)
})

test('time left is judged by the runs that were finished here, not by those that were done before', () => {
  const two = after({ ...plan, alreadyDone: 1 }, { kind: 'end', cell: 'a', outcome: 'finished' })
  expect(secondsLeft(after(plan), 10_000)).toBeUndefined()
  expect(secondsLeft(two, 10_000)).toBe(10) // three runs, one done before and one here in 10 s: one is open
})

test.each([
  [0, '0 s'],
  [41.4, '41 s'],
  [89, '89 s'],
  [90, '2 min'],
  [3000, '50 min'],
  [5400, '1 h 30 min'],
  [7500, '2 h 05 min'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})
