import { expect, test } from 'vitest'
import { bytesOf, sharedCovariance } from '../../src/method/index.ts'
import { chance } from '../../src/tensor/index.ts'

const free = () => {}

/** The authors' loop, one example at a time, as it is printed. */
function oneAtATime(rows: Float32Array, labels: Int32Array, d: number, classes: number) {
  const S = new Float64Array(d * d)
  const mu = Array.from({ length: classes }, () => new Float64Array(d))
  const c = new Array(classes).fill(0)
  let N = 0
  for (let i = 0; i < labels.length; i++) {
    const x = rows.subarray(i * d, (i + 1) * d)
    const y = labels[i]
    const delta = Array.from(x, (value, j) => value - mu[y][j])
    for (let a = 0; a < d; a++)
      for (let b = 0; b < d; b++)
        S[a * d + b] = (N * S[a * d + b] + (N / (N + 1)) * delta[a] * delta[b]) / (N + 1)
    for (let j = 0; j < d; j++) mu[y][j] += delta[j] / (c[y] + 1)
    c[y]++
    N++
  }
  return { S, mu }
}

test('(1,0) (3,0) of class 0, (0,2) (0,4) of 1 and (2,1) of 0: means (2, 1/3), (0, 3), covariance diag(.4, 1.293333)', async () => {
  const part = sharedCovariance(2, { count: free })
  part.grow([0, 1])
  await part.add(Float32Array.of(1, 0, 3, 0, 0, 2, 0, 4, 2, 1), Int32Array.of(0, 0, 1, 1, 0))
  const expected = [0.4, 0, 0, 1.2933333333333]
  part.covariance().forEach((s, i) => {
    expect(s).toBeCloseTo(expected[i], 10)
  })
  const means = [2, 1 / 3, 0, 3]
  part.means.forEach((m, i) => {
    expect(m).toBeCloseTo(means[i], 10)
  })
})

test.each([
  ['one panel of columns', 300, 17],
  ['two panels of columns', 40, 300],
])('in blocks of any size it equals the loop over single examples to 1e-10, in %s', async (_, n, d) => {
  const classes = 6
  const random = chance('slda')
  const rows = Float32Array.from({ length: n * d }, () => random.normal() * 3 + 1)
  const labels = Int32Array.from({ length: n }, () => random.below(classes))
  const { S, mu } = oneAtATime(rows, labels, d, classes)
  for (const block of [1, 7, 64, n]) {
    const part = sharedCovariance(d, { count: free })
    part.grow([0, 1, 2, 3, 4, 5])
    for (let at = 0; at < n; at += block) {
      const end = Math.min(n, at + block)
      await part.add(rows.slice(at * d, end * d), labels.slice(at, end))
    }
    const covariance = part.covariance()
    expect(Math.max(...covariance.map((s, i) => Math.abs(s - S[i])))).toBeLessThan(1e-10)
    expect(Math.max(...part.means.map((m, i) => Math.abs(m - mu[Math.floor(i / d)][i % d])))).toBeLessThan(
      1e-10,
    )
  }
})

test('restored, it goes on to the same bits', async () => {
  const random = chance('resume')
  const rows = () => Float32Array.from({ length: 5 * 3 }, () => random.normal())
  const labels = Int32Array.of(0, 1, 0, 1, 1)
  const part = sharedCovariance(3, { count: free })
  part.grow([0, 1])
  await part.add(rows(), labels)
  const other = sharedCovariance(3, { count: free })
  other.load(structuredClone(part.save()))
  const more = rows()
  await part.add(more, labels)
  await other.add(more, labels)
  expect(other.save()).toEqual(part.save())
  expect(part.bytes()).toBe(bytesOf(part.save()))
  expect(part.bytes()).toBe(9 * 8 + 2 * (3 * 8 + 12) + 8)
})

test('before the first example the covariance is zero and no class has a mean', () => {
  const part = sharedCovariance(2, { count: free })
  part.grow([4])
  expect(Array.from(part.covariance())).toEqual([0, 0, 0, 0])
  expect(Array.from(part.means)).toEqual([0, 0])
})
