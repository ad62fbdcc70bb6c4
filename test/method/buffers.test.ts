import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  balancoir,
  bytesOf,
  classBalanced,
  type ExemplarBuffer,
  exemplarBuffers,
  fifo,
  greedilyBalanced,
  reservoir,
  ring,
} from '../../src/method/index.ts'
import { type Chance, chance } from '../../src/tensor/index.ts'

/** Chance that gives these numbers and then no more. */
function drawing(...draws: number[]): Chance {
  return { ...chance('unused'), below: () => draws.shift() as number }
}

/** Rows of one number, which is also the label. */
function offer(buffer: ExemplarBuffer, ...values: number[]) {
  buffer.offer(Float32Array.from(values), Int32Array.from(values))
}

function kept(buffer: ExemplarBuffer): number[] {
  return Array.from(buffer.draw(Number.POSITIVE_INFINITY).labels).sort((a, b) => a - b)
}

test('a reservoir of 2 shown a b c d e, with the draws 1, 3 and 0, holds a b, a c, a c, e c', () => {
  const [a, b, c, d, e] = [0, 1, 2, 3, 4]
  const buffer = reservoir(2, 1, drawing(1, 3, 0))
  const slots = () => Array.from((buffer.save() as { slots: { labels: Int32Array } }).slots.labels)
  offer(buffer, a, b)
  expect(slots()).toEqual([a, b])
  offer(buffer, c)
  expect(slots()).toEqual([a, c])
  offer(buffer, d)
  expect(slots()).toEqual([a, c])
  offer(buffer, e)
  expect(slots()).toEqual([e, c])
})

test('a reservoir keeps each of 20 examples equally often, early or late', () => {
  const times = new Array(20).fill(0)
  const seeds = 4000
  for (let seed = 0; seed < seeds; seed++) {
    const buffer = reservoir(5, 1, chance('uniform', seed))
    offer(buffer, ...Array.from({ length: 20 }, (_, i) => i))
    for (const label of kept(buffer)) times[label]++
  }
  // χ² with 19 degrees of freedom, each of variance p (1 − p) and not p; the 99.9 % point is 43.8.
  const expected = seeds * (5 / 20)
  const chi2 = times.reduce((sum, n) => sum + (n - expected) ** 2 / (expected * 0.75), 0) * (19 / 20)
  expect(chi2).toBeLessThan(43.8)
})

test('a class whose share has shrunk still keeps each of its examples equally often', () => {
  const times = new Array(12).fill(0)
  const seeds = 4000
  for (let seed = 0; seed < seeds; seed++) {
    const buffer = classBalanced(6, 1, chance('shrunk', seed))
    const rows = Float32Array.from({ length: 12 }, (_, i) => i)
    buffer.offer(rows.subarray(0, 8), new Int32Array(8)) // class 0 alone: 6 slots
    buffer.offer(Float32Array.of(100), Int32Array.of(1)) // class 1 comes: 3 slots are left
    buffer.offer(rows.subarray(8), new Int32Array(4))
    const all = buffer.draw(100)
    all.labels.forEach((label, i) => {
      if (label === 0) times[all.rows[i]]++
    })
  }
  const expected = seeds * (3 / 12)
  const chi2 = times.reduce((sum, n) => sum + (n - expected) ** 2 / (expected * 0.75), 0) * (11 / 12)
  expect(chi2).toBeLessThan(31.3) // 11 degrees of freedom, 99.9 %
})

test('a draw is uniform over what is kept and takes nothing twice', () => {
  const buffer = reservoir(10, 1, chance('draw'))
  offer(buffer, ...Array.from({ length: 10 }, (_, i) => i))
  const times = new Array(10).fill(0)
  for (let i = 0; i < 5000; i++) {
    const labels = buffer.draw(3).labels
    expect(new Set(labels).size).toBe(3)
    for (const label of labels) times[label]++
  }
  const chi2 = times.reduce((sum, n) => sum + (n - 1500) ** 2 / (1500 * 0.7), 0) * (9 / 10)
  expect(chi2).toBeLessThan(27.9) // 9 degrees of freedom, 99.9 %
})

test('rows and labels stay together, and are copies', () => {
  const buffer = classBalanced(4, 2, chance('together'))
  const rows = Float32Array.of(1, 10, 2, 20, 3, 30)
  buffer.offer(rows, Int32Array.of(1, 2, 3))
  rows.fill(-1)
  const { rows: drawn, labels } = buffer.draw(3)
  labels.forEach((label, i) => {
    expect(Array.from(drawn.subarray(2 * i, 2 * i + 2))).toEqual([label, 10 * label])
  })
  drawn.fill(-2)
  expect(buffer.draw(3).rows).not.toContain(-2)
})

describe.each(Object.entries(exemplarBuffers))('%s', (name, make) => {
  test('never holds more than its bound, and everything as long as all fits', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 30 }),
        fc.array(fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 9 }), { maxLength: 12 }),
        (capacity, batches) => {
          const buffer = make(capacity, 1, chance('bound'))
          let offered = 0
          for (const batch of batches) {
            offer(buffer, ...batch)
            offered += batch.length
            expect(buffer.length).toBeLessThanOrEqual(Math.min(capacity, offered))
            expect(kept(buffer).length).toBe(buffer.length)
            if (['reservoir', 'fifo', 'balancoir'].includes(name)) {
              expect(buffer.length).toBe(Math.min(capacity, offered))
            }
          }
        },
      ),
    )
  })

  test('stopped and restored, goes on as if it had not been', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 40 }), fc.nat(40), (labels, at) => {
        const whole = make(6, 1, chance('resume'))
        const first = make(6, 1, chance('resume'))
        const second = make(6, 1, chance('another'))
        const run = (buffer: ExemplarBuffer, part: number[]) =>
          part.map((label) => {
            offer(buffer, label)
            return Array.from(buffer.draw(2).labels)
          })
        const undisturbed = run(whole, labels)
        const before = run(first, labels.slice(0, at))
        second.load(structuredClone(first.save()))
        expect([...before, ...run(second, labels.slice(at))]).toEqual(undisturbed)
        expect(second.save()).toEqual(whole.save())
      }),
    )
  })

  test('carries along what is offered with each example, of any length, and through a stop', () => {
    const buffer = make(4, 1, chance('extras'))
    for (let i = 0; i < 12; i++) {
      const extras = i === 1 ? undefined : [Float32Array.from({ length: 1 + (i % 3) }, () => i)]
      buffer.offer(Float32Array.of(i), Int32Array.of(i % 2), extras)
    }
    const again = make(4, 1, chance('another'))
    again.load(structuredClone(buffer.save()))
    for (const { rows, labels, extras } of [buffer.draw(9), again.draw(9)]) {
      expect(labels.length).toBe(buffer.length)
      rows.forEach((i, at) => {
        expect(labels[at]).toBe(i % 2)
        expect([...extras[at]]).toEqual(i === 1 ? [] : new Array(1 + (i % 3)).fill(i))
      })
    }
    expect(again.save()).toEqual(buffer.save())
  })

  test('of capacity 0 keeps and draws nothing', () => {
    const buffer = make(0, 1, drawing())
    offer(buffer, 1, 2, 3)
    expect(buffer.length).toBe(0)
    expect(buffer.draw(8).labels.length).toBe(0)
  })

  test.each([-1, 2.5, Number.NaN])('refuses room for %s exemplars', (capacity) => {
    expect(() => make(capacity, 1, chance('x'))).toThrow(expect.objectContaining({ code: 'buffer-size' }))
  })

  test('refuses rows of another length than its own', () => {
    const buffer = make(3, 4, chance('x'))
    expect(() => buffer.offer(new Float32Array(7), new Int32Array(2))).toThrow(
      expect.objectContaining({ code: 'rows-do-not-fit' }),
    )
  })

  test('says how many bytes it saves, which are its rows and little else', () => {
    const buffer = make(10, 8, chance('bytes'))
    buffer.offer(
      new Float32Array(30 * 8),
      Int32Array.from({ length: 30 }, (_, i) => i % 2),
    )
    expect(buffer.bytes()).toBe(bytesOf(buffer.save()))
    expect(buffer.bytes() - 10 * (8 * 4 + 4)).toBeLessThan(64)
  })
})

test('5 slots for 6 classes: the first five classes have one each, the sixth none', () => {
  const buffer = classBalanced(5, 1, chance('few'))
  for (let i = 0; i < 4; i++) offer(buffer, 7, 3, 9, 1, 4, 2)
  expect(kept(buffer)).toEqual([1, 3, 4, 7, 9])
})

test('shares differ by one at most, the larger ones with the earlier classes', () => {
  const buffer = classBalanced(11, 1, chance('shares'))
  for (let label = 0; label < 4; label++) for (let i = 0; i < 20; i++) offer(buffer, label)
  expect(kept(buffer)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3])
})

test('a fifo keeps the newest, a ring the newest of each class, and what a class gives up are its oldest', () => {
  const window = fifo(3, 1, chance('window'))
  offer(window, 1, 2, 3, 4, 5)
  expect(kept(window)).toEqual([3, 4, 5])

  const rings = ring(6, 1, chance('rings'))
  const show = (label: number, ...rows: number[]) =>
    rings.offer(Float32Array.from(rows), new Int32Array(rows.length).fill(label))
  const rows = () => Array.from(rings.draw(9).rows).sort((a, b) => a - b)
  show(0, 1, 2, 3, 4, 5, 6, 7, 8)
  expect(rows()).toEqual([3, 4, 5, 6, 7, 8])
  show(1, 11, 12, 13, 14)
  expect(rows()).toEqual([6, 7, 8, 12, 13, 14])
  show(0, 9)
  expect(rows()).toEqual([7, 8, 9, 12, 13, 14])
  show(2, 21)
  expect(rows()).toEqual([8, 9, 13, 14, 21])
})

test('of one class balancoir is a reservoir, which keeps each example equally often', () => {
  const times = new Array(20).fill(0)
  const seeds = 4000
  const rows = Float32Array.from({ length: 20 }, (_, i) => i)
  for (let seed = 0; seed < seeds; seed++) {
    const buffer = balancoir(5, 1, chance('balancoir', seed))
    buffer.offer(rows, new Int32Array(20))
    for (const row of buffer.draw(5).rows) times[row]++
  }
  const expected = seeds * (5 / 20)
  const chi2 = times.reduce((sum, n) => sum + (n - expected) ** 2 / (expected * 0.75), 0) * (19 / 20)
  expect(chi2).toBeLessThan(43.8) // 19 degrees of freedom, 99.9 %
})

test('balancoir admits a class below the median surely, at the cost of the largest', () => {
  // Eight examples fill it; then each of two more is first refused by its draw, and taken for its class.
  const inSlots = (buffer: ExemplarBuffer) =>
    Array.from((buffer.save() as { slots: { labels: Int32Array } }).slots.labels).sort((a, b) => a - b)
  const buffer = balancoir(8, 1, drawing(8, 0, 9, 1))
  offer(buffer, 7, 7, 7, 7, 7, 3, 3, 3)
  offer(buffer, 1)
  expect(inSlots(buffer)).toEqual([1, 3, 3, 3, 7, 7, 7, 7])
  offer(buffer, 1)
  expect(inSlots(buffer)).toEqual([1, 1, 3, 3, 3, 7, 7, 7])
  const refused = balancoir(4, 1, drawing(4))
  offer(refused, 7, 7, 3, 3, 7)
  expect(inSlots(refused)).toEqual([3, 3, 7, 7])
})

test('GDumb’s sampler keeps the first of each class, and takes from the largest for a new one', () => {
  const buffer = greedilyBalanced(6, 1, chance('gdumb'))
  const show = (label: number, ...rows: number[]) =>
    buffer.offer(Float32Array.from(rows), new Int32Array(rows.length).fill(label))
  show(0, 1, 2, 3, 4, 5, 6, 7)
  expect(Array.from(buffer.draw(6).rows).sort()).toEqual([1, 2, 3, 4, 5, 6])
  show(1, 11, 12, 13, 14)
  expect(kept(buffer)).toEqual([0, 0, 0, 1, 1, 1])
  expect(
    Array.from(buffer.draw(6).rows)
      .filter((row) => row > 9)
      .sort(),
  ).toEqual([11, 12, 13])
  show(2, 21)
  // Which of the two largest gives way depends on the slots.
  expect(['0,0,1,1,1,2', '0,0,0,1,1,2']).toContain(kept(buffer).join())
})
