import { expect, test } from 'vitest'
import { difference } from '../../src/conformance/difference.ts'

test('the first place where two states differ is named', () => {
  expect(difference({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toBeUndefined()
  expect(difference({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] })).toBe('a[1].b: 2, then 3')
  expect(difference(Float32Array.of(0.5, 1), Float32Array.of(0.5, 2), 'w')).toBe('w[1]: 1, then 2')
  expect(difference({ a: 1 }, {})).toBe('a: 1, then undefined')
  expect(difference([1], [1, 2])).toBe('1 entries, then 2')
})

test('lists of another kind differ, and NaN is NaN', () => {
  expect(difference(Float32Array.of(1), Float64Array.of(1))).toBe('another kind of list')
  expect(difference(Float32Array.of(Number.NaN), Float32Array.of(Number.NaN))).toBeUndefined()
  expect(difference([null], [undefined])).toBe('[0]: null, then undefined')
})
