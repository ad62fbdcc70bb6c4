import { test } from 'vitest'
import { checkRule } from '../central-differences.ts'

const shapePairs: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [
    [2, 3, 4],
    [3, 1],
  ], // stretched inside and in front
  [[4], [2, 3, 4]], // the first is the shorter
  [
    [3, 1],
    [1, 4],
  ], // both are stretched
  [[2, 3], []], // a number of rank 0
  [[], []],
  [
    [1, 2, 15, 14],
    [1, 2, 1, 1],
  ], // a gain over maps, batch 1: dot products
  [
    [1, 3, 14, 15],
    [3, 1, 1],
  ],
]
const positive = [1, 2.2] as const

for (const op of ['Add', 'Sub', 'Mul', 'Div'])
  for (const [a, b] of shapePairs) {
    test(`${op} of [${a}] and [${b}] gives both their gradients`, async () => {
      await checkRule({ op, inputs: { a: { dims: a }, b: { dims: b, range: positive } } })
    })
  }
