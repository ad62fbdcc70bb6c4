import { expect, test } from 'vitest'
import { mistakesOf, parsed, plain } from './shelves.ts'

const two = plain.replace('- nmc', '- er\n  - nmc')
const optionsOf = (name: string, text: string, ...set: string[]) =>
  parsed(text, { set }).methods.find((method) => method.name === name)?.options

test('a setting is laid over the file', () => {
  expect(parsed(plain, { set: ['seeds=[4, 5]'] }).seeds).toEqual([4, 5])
  expect(parsed(plain, { set: ['budget.threads=3'] }).budget.threads).toBe(3)
  expect(parsed(plain, { set: ['streams.0.tasks=B50-Inc10'] }).streams[0].tasks).toBe('B50-Inc10')
  expect(parsed(plain, { set: ['streams[0].orders=[natural, A-7]'] }).streams[0].orders).toEqual([
    'natural',
    'numpy:7',
  ])
  expect(parsed(plain, { set: ['streams.split-cifar100.orders.0=E'] }).streams[0].orders).toEqual(['natural'])
  expect(parsed(plain, { set: ['title=a=b'] }).title).toBe('a=b')
})

test('the same as in the file has the same id', () => {
  expect(parsed(plain, { set: ['seeds=[1]'] }).id).toBe(parsed(plain.replace('[0]', '[1]')).id)
})

test('in a list, the longest name that fits is meant', () => {
  expect(optionsOf('er.head', two, 'methods.er.head.options.exemplars=7')).toMatchObject({ exemplars: 7 })
  expect(optionsOf('er', two, 'methods.er.head.options.exemplars=7')).toMatchObject({ exemplars: 500 })
  expect(optionsOf('er', two, 'methods.er.options.exemplars=7')).toMatchObject({ exemplars: 7 })
})

test('brackets leave no doubt', () => {
  expect(optionsOf('er.head', two, 'methods[er.head].options.exemplars=7')).toMatchObject({ exemplars: 7 })
  expect(optionsOf('er.head', two, 'methods[2].options.exemplars=7')).toMatchObject({ exemplars: 7 })
})

test('a short entry grows what it needs, and a list one entry', () => {
  expect(optionsOf('er', two, 'methods.er.options.learningRate=0.5')).toMatchObject({ learningRate: 0.5 })
  expect(parsed(plain, { set: ['backbones.1=mobilenetv2'] }).backbones.map(({ name }) => name)).toEqual([
    'vit-tiny',
    'mobilenetv2',
  ])
})

test('a label is preferred to a name', () => {
  const text = plain.replace('- nmc', '- { name: er.head, label: small, options: { exemplars: 9 } }')
  const { methods } = parsed(text, { set: ['methods.small.options.exemplars=8'] })
  expect(methods.map(({ options }) => options.exemplars)).toEqual([8, 500])
})

test('later settings are laid over earlier ones', () => {
  expect(parsed(plain, { set: ['seeds=[1]', 'seeds.0=2'] }).seeds).toEqual([2])
})

test('what the file leaves out may stay there when a setting leaves out more', () => {
  const text = `${two}\nexclude:\n  - { method: er, reason: too long }\n`
  const cut = parsed(text, { set: ['methods=[nmc]'] })
  expect(cut.methods.map(({ name }) => name)).toEqual(['nmc'])
  expect(cut.id).toBe(parsed(plain, { set: ['methods=[nmc]'] }).id)
  const mistaken = text.replace('method: er,', 'method: err,')
  expect(mistakesOf(mistaken, { set: ['methods=[nmc]'] })).toMatchObject([{ code: 'suite-excludes-nothing' }])
})

test.each([
  ['seeds', 'set-unreadable', '--set seeds', 'sets nothing'],
  ['seeds=[1', 'set-unreadable', '--set seeds=[1', 'no YAML value'],
  ['seeds=one', 'suite-wrong-value', '--set seeds=one', 'the text “one”'],
  ['sedes=[1]', 'suite-unknown-key', '--set sedes=[1]', 'Did you mean seeds?'],
  ['methods.nmcc.options.x=1', 'set-unreadable', '--set methods.nmcc.options.x=1', 'Did you mean nmc?'],
  ['methods.9.options.x=1', 'set-unreadable', '--set methods.9.options.x=1', 'there is no entry 9'],
  ['methods.nmc.optoins.x=1', 'suite-unknown-key', '--set methods.nmc.optoins.x=1', 'Did you mean options?'],
  [
    'methods.er.head.options.exemplar=1',
    'unknown-option',
    '--set methods.er.head.options.exemplar=1',
    'Did you mean exemplars?',
  ],
  [
    'methods.er.head.options.exemplars=many',
    'wrong-option',
    '--set methods.er.head.options.exemplars=many',
    '“many”',
  ],
  ['streams.0.tasks=11', 'stream-does-not-divide', '--set streams.0.tasks=11', '11 equal tasks'],
  ['budget..threads=1', 'set-unreadable', '--set budget..threads=1', 'no path of keys'],
  ['__proto__.polluted=1', 'suite-unknown-key', '--set __proto__.polluted=1', '__proto__'],
  ['seeds=', 'suite-wrong-value', '--set seeds=', 'empty'],
])('--set %s is %s', (set, code, where, says) => {
  const mistakes = mistakesOf(plain, { set: [set] })
  expect(mistakes).toMatchObject([{ code, where, what: expect.stringContaining(says) }])
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('an entry that stands twice must be called by place or label', () => {
  const text = plain.replace('- nmc', '- { name: er.head, options: { exemplars: 9 } }')
  expect(mistakesOf(text, { set: ['methods.er.head.options.exemplars=8'] })).toMatchObject([
    {
      code: 'set-unreadable',
      what: 'methods: er.head stands 2 times.',
      mend: expect.stringContaining('[0] or [1]'),
    },
  ])
})

test('a misspelt --only names the flag and the nearest method', () => {
  expect(mistakesOf(plain, { only: ['nmc', 'er-head'] })).toMatchObject([
    {
      code: 'unknown-method',
      where: '--only er-head',
      what: expect.stringContaining('Did you mean er.head?'),
    },
  ])
})

test('mistakes of the file and of the flags come together', () => {
  const codes = mistakesOf(plain.replace('vit-tiny', 'vit'), { set: ['seeds=x'], only: ['y'] }).map(
    ({ code }) => code,
  )
  expect(codes).toContain('unknown-backbone')
  expect(codes).toContain('suite-wrong-value')
})
