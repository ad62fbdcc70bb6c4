import { expect, test } from 'vitest'
import { bytesOf, classMeans, cosines, negatedSquaredDistances, unitRows } from '../../src/method/index.ts'

const free = () => {}
/** The worked example of the NMC and SimpleCIL papers' rules: class 0 (3,4) (0,2), class 1 (4,0) (1,0). */
const rows = Float32Array.of(3, 4, 0, 2, 4, 0, 1, 0)
const labels = Int32Array.of(0, 0, 1, 1)

function taught(unit: boolean) {
  const means = classMeans(2, { unit, count: free })
  means.grow([0, 1])
  means.add(rows, labels)
  return means
}

test('unit features: means (0.3, 0.9) and (1, 0), not normalised again; (1, 1) is nearer to the first', async () => {
  const means = taught(true)
  const [a, b, c, d] = means.means()
  expect([a, b, c, d].map((x) => Number(x.toFixed(12)))).toEqual([0.3, 0.9, 1, 0])
  const scores = await negatedSquaredDistances(unitRows(Float32Array.of(1, 1), 2), means, free)
  expect(-scores[0]).toBeCloseTo(0.202944, 6)
  expect(-scores[1]).toBeCloseTo(0.585786, 6)
})

test('raw features: means (1.5, 3) and (2.5, 0), whose cosines to (1, 1) are 0.948683 and 0.707107', async () => {
  const means = taught(false)
  expect(Array.from(means.means())).toEqual([1.5, 3, 2.5, 0])
  const scores = await cosines(Float64Array.of(1, 1), means, free)
  expect(scores[0]).toBeCloseTo(0.948683, 6)
  expect(scores[1]).toBeCloseTo(Math.SQRT1_2, 6)
})

test('a class without examples is never nearest, whatever the row', async () => {
  const means = taught(true)
  means.grow([5])
  for (const row of [Float64Array.of(0, 0), Float64Array.of(1e6, -1e6)]) {
    for (const score of [negatedSquaredDistances, cosines]) {
      const [a, b, none] = await score(row, means, free)
      expect(none).toBeLessThan(Math.min(a, b))
      expect(Number.isFinite(none)).toBe(true)
    }
  }
})

test('a row of zeros has no direction: its cosines are 0 and its unit row is zero', async () => {
  expect(Array.from(unitRows(Float32Array.of(0, 0), 2))).toEqual([0, 0])
  expect(Array.from(await cosines(Float64Array.of(0, 0), taught(false), free))).toEqual([0, 0])
})

test('the bytes are those saved: per class 8 a number, and 12', () => {
  const means = taught(true)
  expect(means.bytes()).toBe(2 * (2 * 8 + 12))
  expect(means.bytes()).toBe(bytesOf(means.save()))
})

test('restored means go on as the saved ones do', () => {
  const means = taught(true)
  const other = classMeans(2, { unit: true, count: free })
  other.load(structuredClone(means.save()))
  for (const one of [means, other]) one.add(Float32Array.of(1, 7), Int32Array.of(1))
  expect(other.save()).toEqual(means.save())
})

test('counts one operation a number, and three more for the length', () => {
  let operations = 0
  const means = classMeans(2, { unit: true, count: (n) => (operations += n) })
  means.grow([0, 1])
  means.add(rows, labels)
  expect(operations).toBe(4 * 2 * 4)
})

test('an example of a class that has not appeared is an error, not a new class', () => {
  expect(() => taught(true).add(Float32Array.of(1, 2), Int32Array.of(9))).toThrow(
    expect.objectContaining({ code: 'class-not-announced' }),
  )
})
