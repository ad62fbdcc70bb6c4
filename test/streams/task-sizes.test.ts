import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTaskSizes, shapeOf, type TaskSizes, taskSizes } from '../../src/streams/task-sizes.ts'

test.each<[TaskSizes, number, number[]]>([
  ['B0-Inc5', 20, [5, 5, 5, 5]],
  ['B0-Inc10', 100, new Array(10).fill(10)],
  ['B50-Inc10', 100, [50, 10, 10, 10, 10, 10]],
  ['B50-Inc5', 100, [50, ...new Array(10).fill(5)]],
  ['B0-Inc20', 196, [...new Array(9).fill(20), 16]], // PyCIL: the remainder last
  ['B16-Inc20', 196, [16, ...new Array(9).fill(20)]], // RanPAC: the small task first
  ['B20-Inc20', 196, [...new Array(9).fill(20), 16]],
  ['B100-Inc10', 100, [100]],
  [[16, 20, 20], 56, [16, 20, 20]],
  [5, 20, [4, 4, 4, 4, 4]],
  ['5', 20, [4, 4, 4, 4, 4]],
  [1, 7, [7]],
])('%j of %i classes', (spec, classes, sizes) => {
  expect(taskSizes(spec, classes, 'It')).toEqual(sizes)
})

test.each<[TaskSizes, string, string]>([
  [11, 'stream-does-not-divide', 'Ask for 2, 4, 5, 10, 20, 25, 50 or 100, or list the sizes yourself.'],
  ['B0-Inc0', 'task-sizes-unreadable', 'Write B0-Inc10'],
  ['B0Inc10', 'task-sizes-unreadable', 'Write B0-Inc10'],
  ['ten', 'task-sizes-unreadable', 'Write B0-Inc10'],
  [0, 'task-sizes-unreadable', 'Write B0-Inc10'],
  [2.5, 'task-sizes-unreadable', 'Write B0-Inc10'],
  [[], 'task-sizes-unreadable', 'Write B0-Inc10'],
  [[50, 50, 0], 'task-sizes-unreadable', 'Write B0-Inc10'],
  [[50, 20], 'task-sizes-sum', 'Add 30 more'],
  [[50, 60], 'task-sizes-sum', 'Take 10 away'],
  ['B120-Inc10', 'task-sizes-base', 'Start with 100 or fewer.'],
])('%j of 100 classes is refused with %s', (spec, code, mend) => {
  expect(() => taskSizes(spec, 100, 'CIFAR-100', 'suites/quick.yaml › streams[0].tasks')).toThrowError(
    expect.objectContaining({
      code,
      mend: expect.stringContaining(mend),
      where: 'suites/quick.yaml › streams[0].tasks',
    }),
  )
})

test('a prime number of classes is offered as so many tasks of one', () => {
  expect(() => taskSizes(2, 7, 'It')).toThrowError(
    expect.objectContaining({ mend: expect.stringMatching(/^Ask for 7,/) }),
  )
})

test('however it is asked for, one list of sizes has one name', () => {
  const names = ([10, 'B0-Inc10', 'b10-inc10', new Array(10).fill(10)] as TaskSizes[]).map(
    (spec) => shapeOf(taskSizes(spec, 100, 'It')).name,
  )
  expect(new Set(names)).toEqual(new Set(['b0-inc10']))
  expect(shapeOf([16, ...new Array(9).fill(20)]).name).toBe('b16-inc20')
  expect(shapeOf([5, 5, 30, 5])).toEqual({ name: '5x2-30-5', title: 'tasks of 2 × 5, 30, 5' })
})

test('sizes of any kind add up, and different lists never share a name', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 })
  const sum = (list: number[]) => list.reduce((total, size) => total + size, 0)
  fc.assert(
    fc.property(sizes, sizes, (a, b) => {
      expect(taskSizes(a, sum(a), 'It')).toEqual(a)
      if (sum(a) === sum(b) && String(a) !== String(b)) expect(shapeOf(a).name).not.toBe(shapeOf(b).name)
    }),
  )
  fc.assert(
    fc.property(
      fc.nat(20),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 20, max: 60 }),
      (b, n, classes) => {
        expect(sum(taskSizes(`B${b}-Inc${n}`, classes, 'It'))).toBe(classes)
      },
    ),
  )
})

test('a notation has one spelling', () => {
  expect(parseTaskSizes('b050-inc010')).toBe('B50-Inc10')
  expect(parseTaskSizes(' B0-INC10 ')).toBe('B0-Inc10')
})
