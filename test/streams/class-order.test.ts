import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { classOrder, inverseOf, orderName, parseClassOrder } from '../../src/streams/class-order.ts'

const published = JSON.parse(
  readFileSync(new URL('../golden/streams/orders.json', import.meta.url), 'utf8'),
) as { order: string; classes: number; permutation: number[] }[]

test.each(published.map((entry) => [entry.order, entry.classes, entry.permutation] as const))(
  '%s of %i classes is the published list',
  (order, classes, permutation) => {
    expect(classOrder(order, classes).permutation).toEqual(permutation)
  },
)

test('the published lists hold every convention that has one', () => {
  const conventions = new Set(published.map((entry) => entry.order.split(':')[0]))
  expect([...conventions].sort()).toEqual(['icarl', 'numpy', 'numpy-inverse', 'python', 'torch'])
  expect(published.length).toBeGreaterThan(35)
})

test('a letter and its long name are one order', () => {
  const pairs = {
    'A-1993': 'numpy:1993',
    'B-7': 'numpy-inverse:7',
    'C-0': 'torch:0',
    'D-1': 'python:1',
    E: 'natural',
  }
  for (const [letter, name] of Object.entries(pairs)) {
    expect(classOrder(letter, 30)).toEqual(classOrder(name, 30))
    expect(orderName(parseClassOrder(letter))).toBe(name)
  }
})

test('natural order and CODA-Prompt’s seed 0 both keep the classes as they are', () => {
  expect(classOrder('natural', 4).permutation).toEqual([0, 1, 2, 3])
  expect(classOrder('python:0', 4).permutation).toEqual([0, 1, 2, 3])
})

test('Mammoth’s first task holds the classes that NumPy’s permutation sends to the first labels', () => {
  const p = classOrder('numpy:1993', 10).permutation // 4 2 7 6 0 3 5 8 9 1
  const mammoth = classOrder('numpy-inverse:1993', 10).permutation
  expect(mammoth.slice(0, 2)).toEqual([p.indexOf(0), p.indexOf(1)])
  expect(inverseOf(mammoth)).toEqual(p)
})

test('every order of any number of classes is a permutation', () => {
  const spec = fc.oneof(
    fc.constant('natural'),
    fc
      .tuple(
        fc.constantFrom('numpy', 'numpy-inverse', 'torch', 'python'),
        fc.integer({ min: 0, max: 4294967295 }),
      )
      .map(([convention, seed]) => `${convention}:${seed}`),
  )
  fc.assert(
    fc.property(spec, fc.integer({ min: 1, max: 300 }), (order, classes) => {
      const sorted = classOrder(order, classes).permutation.toSorted((a, b) => a - b)
      expect(sorted).toEqual(Array.from({ length: classes }, (_, i) => i))
    }),
    { numRuns: 60 },
  )
})

test.each([
  ['numppy:1993', 'class-order-unknown', 'Did you mean numpy:1993?'],
  ['random', 'class-order-unknown', '“random” is no class order.'],
  ['', 'class-order-unknown', '“” is no class order.'],
  ['F-1', 'class-order-unknown', '“F-1” is no class order.'],
  ['numpy', 'class-order-seed', 'lacks a seed'],
  ['A', 'class-order-seed', 'lacks a seed'],
  ['numpy:-1', 'class-order-seed', '“-1” is no seed'],
  ['numpy:1.5', 'class-order-seed', '“1.5” is no seed'],
  ['torch:4294967296', 'class-order-seed', 'is no seed'],
  ['natural:3', 'class-order-seed', 'takes no seed'],
])('“%s” is refused with %s', (spec, code, says) => {
  expect(() => classOrder(spec, 10)).toThrowError(
    expect.objectContaining({ code, what: expect.stringContaining(says) }),
  )
})

test('the iCaRL order is refused where there are not 100 classes', () => {
  expect(() => classOrder('icarl', 10)).toThrowError(expect.objectContaining({ code: 'class-order-size' }))
})
