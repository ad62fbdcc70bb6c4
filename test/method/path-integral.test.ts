import { expect, test } from 'vitest'
import { pathIntegral } from '../../src/method/index.ts'

test('one weight from 1 by 0.8 to 0.7: what its gradient did, by how far it came', () => {
  const path = pathIntegral({ xi: 0.01, count: () => {} })
  const at = (value: number) => Float32Array.of(value)
  path.begin(at(1))
  path.follow(at(2), at(1), at(0.8))
  const resumed = pathIntegral({ xi: 0.01, count: () => {} })
  resumed.load(structuredClone(path.save()))
  resumed.follow(at(1), at(0.8), at(0.7))
  // (2 · 0.2 + 1 · 0.1) / (0.3² + 0.01)
  expect(resumed.end(at(0.7))[0]).toBeCloseTo(5, 5)
  expect(resumed.bytes()).toBe(0)
})

test('a weight that went nowhere, and one that was pushed uphill', () => {
  const path = pathIntegral({ xi: 1, count: () => {} })
  const [from, to] = [Float32Array.of(3, 0), Float32Array.of(3, 2)]
  path.begin(from)
  path.follow(Float32Array.of(5, 1), from, to)
  expect([...path.end(to)]).toEqual([0, expect.closeTo(-2 / 5, 6)])
})
