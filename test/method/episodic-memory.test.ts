import { expect, test } from 'vitest'
import { bytesOf, type EpisodicMemory, episodicMemory } from '../../src/method/index.ts'
import { chance } from '../../src/tensor/index.ts'

const memory = (share: 'task' | 'class', keeps: 'newest' | 'sample', seed = 0) =>
  episodicMemory<Float32Array>({ rowSize: 1, each: 3, share, keeps, chance: chance('memory', seed) })

/** Rows of one number; each class by its hundreds. */
function offer(to: EpisodicMemory<Float32Array>, task: number, ...values: number[]) {
  to.offer(
    task,
    Float32Array.from(values),
    Int32Array.from(values, (value) => Math.floor(value / 100)),
  )
}

test('a ring by task holds the newest of each task, whatever came later', () => {
  const rings = memory('task', 'newest')
  offer(rings, 0, 1, 2, 101, 102, 3)
  offer(rings, 1, 201, 202)
  expect([...rings.of(0).rows].sort()).toEqual([101, 102, 3])
  expect([...rings.of(1).rows]).toEqual([201, 202])
  expect([...rings.of(1).labels]).toEqual([2, 2])
  expect(rings.of(7).labels.length).toBe(0)
})

test('a share by class never holds more than its bound, also where a later task has the same classes', () => {
  const sampled = memory('class', 'sample')
  for (const task of [0, 1]) {
    for (let i = 0; i < 40; i++) offer(sampled, task, i, 100 + i)
    expect([...sampled.of(task).labels]).toEqual([0, 0, 0, 1, 1, 1])
  }
})

test('of a class each example is kept equally often', () => {
  const times = new Array(12).fill(0)
  const seeds = 4000
  for (let seed = 0; seed < seeds; seed++) {
    const sampled = memory('class', 'sample', seed)
    offer(sampled, 0, ...times.keys())
    for (const row of sampled.of(0).rows) times[row]++
  }
  const expected = seeds * (3 / 12)
  const chi2 = times.reduce((sum, n) => sum + (n - expected) ** 2 / (expected * 0.75), 0) * (11 / 12)
  expect(chi2).toBeLessThan(31.3) // 11 degrees of freedom, 99.9 %
})

test('draws are of earlier tasks alone, equally often, and nothing twice', () => {
  const rings = memory('task', 'newest')
  offer(rings, 0, 1, 2, 3)
  offer(rings, 1, 101, 102)
  offer(rings, 2, 201)
  expect(rings.drawBefore(0, 9).labels.length).toBe(0)
  expect([...rings.drawBefore(2, 9).rows].sort()).toEqual([1, 101, 102, 2, 3])
  const times = new Map<number, number>()
  for (let i = 0; i < 5000; i++) {
    const { rows } = rings.drawBefore(2, 2)
    expect(new Set(rows).size).toBe(2)
    for (const row of rows) times.set(row, (times.get(row) ?? 0) + 1)
  }
  const chi2 = [...times.values()].reduce((sum, n) => sum + (n - 2000) ** 2 / (2000 * 0.6), 0) * (4 / 5)
  expect(times.size).toBe(5)
  expect(chi2).toBeLessThan(18.5) // 4 degrees of freedom, 99.9 %
})

test.each([
  ['task', 'newest'],
  ['class', 'sample'],
] as const)('by %s and %s, stopped and restored, it goes on as if it had not been', (share, keeps) => {
  const course = (stopped: boolean) => {
    let now = memory(share, keeps)
    const drawn: number[][] = []
    for (let i = 0; i < 30; i++) {
      offer(now, Math.floor(i / 10), i, 100 + i)
      if (stopped) {
        const again = memory(share, keeps, 99)
        again.load(structuredClone(now.save()))
        now = again
      }
      drawn.push([...now.drawBefore(9, 3).rows])
    }
    return { drawn, state: now.save(), bytes: now.bytes() }
  }
  const { drawn, state, bytes } = course(false)
  expect(course(true)).toEqual({ drawn, state, bytes })
  expect(bytes).toBe(bytesOf(state))
})

test('refuses no exemplars at all', () => {
  const options = { rowSize: 1, share: 'task', keeps: 'newest', chance: chance('x') } as const
  expect(() => episodicMemory({ ...options, each: 0 })).toThrow(
    expect.objectContaining({ code: 'memory-size' }),
  )
})
