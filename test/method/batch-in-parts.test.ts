import { expect, test } from 'vitest'
import { batchInParts, scoresByExample, storedScores } from '../../src/method/index.ts'

const rows = (...values: number[]) => ({ rows: Float32Array.from(values), labels: Int32Array.from(values) })

test('the parts of a batch lie one behind the other, and each is fed where it lies', () => {
  const batch = batchInParts({ now: rows(1, 2), stored: rows(), again: rows(3, 4, 5) })
  expect([...batch.all.rows]).toEqual([1, 2, 3, 4, 5])
  expect([...batch.all.labels]).toEqual([1, 2, 3, 4, 5])
  expect([...batch.place('again', Float32Array.of(1, 2, 3, 4, 5, 6), 2)]).toEqual([
    0, 0, 0, 0, 1, 2, 3, 4, 5, 6,
  ])
  expect([...batch.place('stored', new Float32Array(0), 2)]).toEqual(new Array(10).fill(0))
})

test('a mean over all examples becomes the mean of a part', () => {
  const batch = batchInParts({ now: rows(1, 2), again: rows(3, 4, 5) })
  const fed = batch.mean('now', Float32Array.of(4, 6), 1)
  expect(fed.reduce((sum, value) => sum + value, 0) / 5).toBe(5)
  expect(fed.subarray(2).every((value) => value === 0)).toBe(true)
})

test('numbers that are no part’s are refused by its name', () => {
  const batch = batchInParts({ now: rows(1, 2) })
  expect(() => batch.mean('now', new Float32Array(3), 2)).toThrow('3 numbers are not [2, 2] of now')
})

test('stored scores meet columns of their own time alone, each example with a mean of its own', () => {
  const { targets, weights } = storedScores([Float32Array.of(3, -1), Float32Array.of(5, 6, 7, 8)], 4)
  expect([...targets]).toEqual([3, -1, 0, 0, 5, 6, 7, 8])
  expect([...weights]).toEqual([0.5, 0.5, 0, 0, 0.25, 0.25, 0.25, 0.25])
})

test('scores are cut into those of each example, copied', () => {
  const scores = Float32Array.of(1, 2, 3, 4, 5, 6)
  const [first, second] = scoresByExample(scores, 2)
  scores.fill(0)
  expect([[...first], [...second]]).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ])
})
