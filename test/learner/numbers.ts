import { expect } from 'vitest'

/** size · sin((i + phase) · 12.9898) as float32: what test/oracles/learner.py calls wave. */
export function wave(count: number, phase = 0, size = 1): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, i) => size * Math.sin((i + phase) * 12.9898))
}

/** Every number within `tolerance` of the largest of the expected ones. */
export function expectNear(seen: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(seen.length).toBe(expected.length)
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const worst = Array.from(seen).reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0)
  expect(worst / largest).toBeLessThan(tolerance)
}
