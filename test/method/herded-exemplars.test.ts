import { expect, test } from 'vitest'
import { herded, herdedExemplars } from '../../src/method/index.ts'
import { chance } from '../../src/tensor/index.ts'

test('of five directions the fourth is nearest to their mean, then come the second and the first', () => {
  const features = Float64Array.of(1, 0, 0, 1, 0.8, 0.6, 0.6, 0.8, -0.6, 0.8)
  const picks = herded(features, 2, 3)
  expect(picks.map(({ row }) => row)).toEqual([3, 1, 0])
  const distances = [0.288444, 0.266833, 0.177889]
  picks.forEach(({ distance }, k) => {
    expect(distance).toBeCloseTo(distances[k], 6)
  })
  const firsts = Array.from({ length: 5 }, (_, i) =>
    Math.hypot(0.36 - features[2 * i], 0.64 - features[2 * i + 1]),
  )
  const wanted = [0.905097, 0.509117, 0.441814, 0.288444, 0.973242]
  firsts.forEach((distance, i) => {
    expect(distance).toBeCloseTo(wanted[i], 6)
  })
  expect(herded(features, 2, 9)).toHaveLength(5)
})

/** Pictures of two bytes, whose features say which is nearest to the mean: the more alike to (1, 0) the better. */
const made = (capacity: number) => herdedExemplars(capacity, { rowSize: 2, dimension: 2, count: () => {} })
const angle = (turns: number) => [Math.cos(turns), Math.sin(turns)]

function show(part: ReturnType<typeof made>, labels: readonly number[], classes: number, stop = false) {
  const n = labels.length
  const features = Float32Array.from(
    labels.flatMap((_, i) => angle(((i - (n - 1) / 2) * 2) / n).map((x) => 7 * x)),
  )
  const half = Math.ceil(n / 2)
  part.look(features.subarray(0, 2 * half), Int32Array.from(labels.slice(0, half)))
  part.look(features.subarray(2 * half), Int32Array.from(labels.slice(half)))
  part.pick(classes)
  let now = part
  for (let i = 0; i < n; i++) {
    if (stop) {
      now = made(6)
      now.load(structuredClone(part.save()))
    }
    if (now.awaits(1)) now.take(Uint8Array.of(labels[i], i), Int32Array.of(labels[i]))
    else now.skip(1)
    part = now
  }
  return now
}

test('the middle one is picked first; lists lose their end as classes come; never more than there is room for', () => {
  const part = made(6)
  show(part, [4, 4, 4, 4, 4], 1)
  expect(part.length).toBe(5)
  expect(part.of(4).rows.subarray(0, 2)).toEqual(Uint8Array.of(4, 2))
  const before = part.of(4).rows.slice()
  show(part, [8, 8, 8, 9, 9, 9], 3)
  expect(part.labels).toEqual([4, 8, 9])
  expect(part.length).toBe(6)
  expect(part.of(4).rows).toEqual(before.subarray(0, 4))
  expect(part.of(9).labels).toEqual(Int32Array.of(9, 9))
  show(part, [1, 2, 3, 5], 7)
  expect(part.length).toBe(0)
  expect(part.of(4).rows).toHaveLength(0)
})

test('stopped between any two images it keeps what it would have kept', () => {
  const labels = [3, 5, 3, 5, 5, 3, 3]
  const [whole, stopped] = [show(made(6), labels, 2), show(made(6), labels, 2, true)]
  expect(stopped.save()).toEqual(whole.save())
  expect(whole.bytes()).toBe(6 * 2 + 2 * 8 + 8)
})

test('each epoch shows every exemplar once, spread evenly over its steps, in an order of its own', () => {
  const part = show(made(6), [3, 5, 3, 5, 5, 3, 3], 2)
  const epoch = (number: number) =>
    Array.from({ length: 4 }, (_, step) => {
      const place = { task: 1, epoch: number, epochs: 2, step: 4 * number + step, steps: 8, overall: 0 }
      return part.portion(place, (purpose) => chance(purpose))
    })
  const key = (portions: ReturnType<typeof epoch>) =>
    portions.flatMap(({ rows, labels }) => Array.from(labels, (_, i) => `${rows[2 * i]} ${rows[2 * i + 1]}`))
  const [first, second] = [epoch(0), epoch(1)]
  expect(first.map(({ labels }) => labels.length)).toEqual([1, 2, 1, 2])
  expect(new Set(key(first)).size).toBe(6)
  expect(key(first).sort()).toEqual(key(second).sort())
  expect(key(first)).not.toEqual(key(second))
  expect(key(epoch(0))).toEqual(key(first))
  for (const { rows, labels } of first) labels.forEach((label, i) => expect(rows[2 * i]).toBe(label))
})
