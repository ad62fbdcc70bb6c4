import { expect, test } from 'vitest'
import { classGaussians } from '../../src/method/index.ts'
import { chance } from '../../src/tensor/index.ts'

/** Two classes of two features, of four and of three examples. */
async function known(count = (_: number) => {}) {
  const statistics = classGaussians(2, { jitter: 1e-4, count })
  statistics.grow([7, 3])
  await statistics.add(Float32Array.of(1, 0, 3, 1, 5, 4, 3, 3), Int32Array.of(7, 7, 7, 7))
  await statistics.add(Float32Array.of(-2, 8, -2, 10, -2, 12), Int32Array.of(3, 3, 3))
  return statistics
}

const rowsOf = ({ rows, labels }: { rows: Float32Array; labels: Int32Array }, label: number) =>
  Array.from(labels.keys())
    .filter((i) => labels[i] === label)
    .map((i) => [rows[2 * i], rows[2 * i + 1]])

const moments = (rows: readonly number[][]) => {
  const mean = [0, 1].map((j) => rows.reduce((sum, row) => sum + row[j], 0) / rows.length)
  const about = (a: number, b: number) =>
    rows.reduce((sum, row) => sum + (row[a] - mean[a]) * (row[b] - mean[b]), 0) / (rows.length - 1)
  return { mean, covariance: [about(0, 0), about(0, 1), about(1, 1)] }
}

test('draws have the mean and the covariance of their class, the mean times what was asked', async () => {
  const statistics = await known()
  const drawn = await statistics.draw({
    each: 40_000,
    random: chance('moments'),
    mean: (label) => (label === 7 ? 0.925 : 1),
  })
  // μ = (3, 2), Σ = [[8/3, 8/3], [8/3, 10/3]]; and μ = (−2, 10), Σ = [[0, 0], [0, 4]]
  const first = moments(rowsOf(drawn, 7))
  first.mean.forEach((value, j) => expect(value).toBeCloseTo([0.925 * 3, 0.925 * 2][j], 1))
  first.covariance.forEach((value, j) => expect(value).toBeCloseTo([8 / 3, 8 / 3, 10 / 3][j], 1))
  const second = moments(rowsOf(drawn, 3))
  second.mean.forEach((value, j) => expect(value).toBeCloseTo([-2, 10][j], 1))
  expect(second.covariance[0]).toBeCloseTo(1e-4, 5) // the jitter alone
  expect(second.covariance[2]).toBeCloseTo(4, 1)
})

test('as many of each class, shuffled, and the same bits from the same chance', async () => {
  const statistics = await known()
  const draw = () => statistics.draw({ each: 50, random: chance('same') })
  const drawn = await draw()
  expect(drawn.labels.filter((label) => label === 7)).toHaveLength(50)
  expect(drawn.labels.filter((label) => label === 3)).toHaveLength(50)
  expect(new Set(drawn.labels.subarray(0, 20)).size).toBe(2)
  expect(await draw()).toEqual(drawn)
})

test('each draw is multiplied by a number of its own', async () => {
  const statistics = await known()
  let asked = 0
  const plain = await statistics.draw({ each: 5, random: chance('scaled') })
  const scaled = await statistics.draw({
    each: 5,
    random: chance('scaled'),
    scale: (label) => {
      asked++
      return label === 7 ? 2 : 1
    },
  })
  expect(asked).toBe(10)
  rowsOf(scaled, 7)
    .flat()
    .forEach((value, i) => expect(value).toBeCloseTo(2 * rowsOf(plain, 7).flat()[i], 4))
  expect(rowsOf(scaled, 3)).toEqual(rowsOf(plain, 3))
})

test('a class without an example is not drawn; a drawing again is not counted again', async () => {
  let operations = 0
  const statistics = await known((n) => (operations += n))
  statistics.grow([9])
  const before = operations
  const drawn = await statistics.draw({ each: 4, random: chance('none') })
  expect(drawn.labels).toHaveLength(8)
  // two classes of ⅓ · 8 → 3 for the factor, and four draws of 2 · 4 + 3 · 2
  expect(operations - before).toBe(2 * (3 + 4 * 14))
  await statistics.draw({ each: 4, random: chance('none'), again: true })
  expect(operations - before).toBe(2 * (3 + 4 * 14))
})

test('no fraction of a draw is asked for', async () => {
  await expect((await known()).draw({ each: 2.5, random: chance('half') })).rejects.toThrow('2.5')
})
