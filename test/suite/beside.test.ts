import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, mistakesOf, parsed, plain } from './shelves.ts'

const mine = join(folder, 'mine.ts')
const copied = join(folder, 'er.head.ts')
for (const file of [mine, copied]) writeFileSync(file, '')

const beside = (...methods: string[]) => parsed(plain, { with: methods })
const inTheFile = parsed(plain.replace('- nmc', '- nmc\n  - ./mine.ts'))

test('--with is the same suite to its id as the one that has the method in its file, and another than the one without', () => {
  const suite = beside(mine)
  expect(suite.methods.map(({ label }) => label)).toEqual(['nmc', 'er.head', 'mine'])
  expect(suite.methods[2]).toEqual(inTheFile.methods[1])
  expect(suite.id).toBe(inTheFile.id)
  expect(suite.id).not.toBe(parsed(plain).id)
  expect(beside().id).toBe(parsed(plain).id)
})

test('several stand in the order of their flags, those of the shelf with their defaults', () => {
  const { methods } = beside('er', mine)
  expect(methods.map(({ label }) => label)).toEqual(['nmc', 'er.head', 'er', 'mine'])
  expect(methods[2].options).toEqual({ exemplars: 500, learningRate: 0.03 })
})

test('a file that is called as a row of the suite has its path for a label', () => {
  expect(beside(copied).methods.map(({ label }) => label)).toEqual(['nmc', 'er.head', copied])
  const labelled = parsed(plain.replace('- nmc', '- { name: nmc, label: mine }'), { with: [mine] })
  expect(labelled.methods.map(({ label }) => label)).toEqual(['mine', 'er.head', mine])
})

test('--set and --only mean it by its label, and another list of methods leaves it in', () => {
  const set = ['methods.mine.options.exemplars=5']
  expect(parsed(plain, { with: [mine], set }).methods[2]).toMatchObject({
    label: 'mine',
    options: { exemplars: 5 },
  })
  expect(parsed(plain, { with: [mine], only: ['mine'] }).methods.map(({ label }) => label)).toEqual(['mine'])
  const shorter = parsed(plain, { with: [mine], set: ['methods=[nmc]'] })
  expect(shorter.methods.map(({ label }) => label)).toEqual(['nmc', 'mine'])
})

test.each([
  ['./nope.ts', 'suite-file-missing', 'streambed new method'],
  ['nnc', 'unknown-method', 'Use nmc'],
  ['nmc', 'suite-duplicate', 'another entry of the suite file'],
])('--with %s is refused at its flag', (given, code, mend) => {
  expect(mistakesOf(plain, { with: [given] })).toMatchObject([
    { code, where: `--with ${given}`, mend: expect.stringContaining(mend) },
  ])
})

test('a file stands once: not twice by flags, nor by a flag and in the suite', () => {
  const twice = { code: 'suite-duplicate', where: `--with ${mine}` }
  expect(mistakesOf(plain, { with: [mine, mine] })).toMatchObject([twice])
  expect(mistakesOf(plain.replace('- nmc', '- ./mine.ts'), { with: [mine] })).toMatchObject([twice])
})

test('a suite whose methods are no list says so, whatever stands beside it', () => {
  const codes = mistakesOf(plain.replace(/methods:[\s\S]*?seeds/, 'methods: 5\nseeds'), { with: [mine] })
  expect(codes).toMatchObject([{ code: 'suite-wrong-value' }])
  expect(mistakesOf('5', { with: [mine] }).length).toBeGreaterThan(0)
})
