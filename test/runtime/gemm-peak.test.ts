import { expect, test } from 'vitest'
import { gemmPeak } from '../../src/runtime/index.ts'

test('the peak of matrix products is a rate that a computer can have', async () => {
  const peak = await gemmPeak(1, 1) // GFLOP/s; a core of 2010 makes some 5, a socket of today some thousands
  expect(peak).toBeGreaterThan(0.5)
  expect(peak).toBeLessThan(20_000)
})
