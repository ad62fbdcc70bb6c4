import { expect, test } from 'vitest'
import { arrayOf, sizeOf, Tensor } from '../../src/tensor/index.ts'

test('a tensor is its numbers and their shape', () => {
  const { type, data, dims } = new Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3])
  expect([type, data[5], dims]).toEqual(['float32', 6, [2, 3]])
  expect(new Tensor('int64', BigInt64Array.of(7n), []).data[0]).toBe(7n)
})

test('numbers that do not fill the shape are refused', () => {
  expect(() => new Tensor('uint8', new Uint8Array(5), [2, 3])).toThrow(
    '5 values do not fill a uint8 tensor of [2, 3]',
  )
})

test('the size of a shape: a scalar has one element, an empty axis none', () => {
  expect([sizeOf([]), sizeOf([2, 3, 4]), sizeOf([2, 0])]).toEqual([1, 24, 0])
  expect(arrayOf.bool).toBe(Uint8Array)
})
