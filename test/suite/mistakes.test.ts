import { expect, test } from 'vitest'
import { parseSuite } from '../../src/suite/index.ts'
import { folder, mistakesOf, parsed, plain, shelves } from './shelves.ts'

/** The plain suite with one text put for another. */
const but = (from: string, to: string) => {
  expect(plain).toContain(from)
  return plain.replace(from, to)
}

test('a plain suite has no mistakes', () => {
  expect(mistakesOf(plain)).toEqual([])
})

test.each([
  // [what was written for what, code, place, what it says]
  ['seeds: [0]', 'sedes: [0]', 'suite-unknown-key', 's.yaml:12:1 › sedes', 'Did you mean seeds?'],
  ['tasks:', 'taks:', 'suite-unknown-key', 's.yaml:4:5 › streams[0].taks', 'Did you mean tasks?'],
  ['options:', 'optoins:', 'suite-unknown-key', 's.yaml:10:5 › methods[1].optoins', 'Did you mean options?'],
  [
    'exemplars:',
    'leaning_rate:',
    'unknown-option',
    's.yaml:11:7 › methods[1].options.leaning_rate',
    'Did you mean learningRate?',
  ],
  [
    'exemplars: 500',
    'exemplars: 1_000',
    'wrong-option',
    's.yaml:11:18 › methods[1].options.exemplars',
    'Did you mean 1000?',
  ],
  [
    'exemplars: 500',
    'exemplars: true',
    'wrong-option',
    's.yaml:11:18 › methods[1].options.exemplars',
    'exemplars is true.',
  ],
  [
    'exemplars: 500',
    'exemplars: .inf',
    'suite-wrong-value',
    's.yaml:11:18 › methods[1].options.exemplars',
    'Infinity',
  ],
  [
    'exemplars: 500',
    'exemplars: [500]',
    'suite-wrong-value',
    's.yaml:11:18 › methods[1].options.exemplars',
    'the list [500]',
  ],
  [
    'exemplars: 500',
    'exemplars:',
    'suite-wrong-value',
    's.yaml:11:17 › methods[1].options.exemplars',
    'is empty.',
  ],
  [
    'split-cifar100',
    'split-cifar-100',
    'unknown-stream',
    's.yaml:3:11 › streams[0].name',
    'Did you mean split-cifar100?',
  ],
  ['vit-tiny', 'vit-tny', 'unknown-backbone', 's.yaml:6:13 › backbones[0]', 'Did you mean vit-tiny?'],
  [
    'vit-tiny',
    '{ name: vit-tiny, size: 96px }',
    'suite-wrong-value',
    's.yaml:6:37 › backbones[0].size',
    'the text “96px”',
  ],
  ['- nmc', '- ncm', 'unknown-method', 's.yaml:8:5 › methods[0]', 'Did you mean nmc?'],
  ['er.head', 'er-head', 'unknown-method', 's.yaml:9:11 › methods[1].name', 'Did you mean er.head?'],
  [
    'B0-Inc10',
    '11',
    'stream-does-not-divide',
    's.yaml:4:12 › streams[0].tasks',
    'do not make 11 equal tasks',
  ],
  ['B0-Inc10', 'B0Inc10', 'task-sizes-unreadable', 's.yaml:4:12 › streams[0].tasks', '“B0Inc10”'],
  ['B0-Inc10', '[50, 40]', 'task-sizes-sum', 's.yaml:4:12 › streams[0].tasks', 'add up to 90'],
  [
    'tasks: B0-Inc10',
    'images: 100',
    'suite-wrong-value',
    's.yaml:4:13 › streams[0].images',
    'streams[0].images is 100.',
  ],
  [
    'tasks: B0-Inc10',
    'images: { train: 0 }',
    'suite-wrong-value',
    's.yaml:4:22 › streams[0].images.train',
    'is 0.',
  ],
  [
    'tasks: B0-Inc10',
    'images: { trian: 100 }',
    'suite-unknown-key',
    's.yaml:4:15 › streams[0].images.trian',
    'Did you mean train?',
  ],
  ['tasks: B0-Inc10', 'images: {}', 'suite-missing-key', 's.yaml:4:13 › streams[0].images', 'no number'],
  ['B0-Inc10', '{}', 'suite-wrong-value', 's.yaml:4:12 › streams[0].tasks', 'the mapping {}'],
  [
    'numpy:1993',
    'nunpy:1993',
    'class-order-unknown',
    's.yaml:5:14 › streams[0].orders[0]',
    'Did you mean numpy:1993?',
  ],
  [
    'numpy:1993',
    'A-1993, numpy:1993',
    'suite-duplicate',
    's.yaml:5:22 › streams[0].orders[1]',
    'stands twice',
  ],
  [
    '[numpy:1993]',
    'numpy:1993',
    'suite-wrong-value',
    's.yaml:5:13 › streams[0].orders',
    'the text “numpy:1993”',
  ],
  ['seeds: [0]', 'seeds: 0', 'suite-wrong-value', 's.yaml:12:8 › seeds', 'seeds is 0.'],
  ['seeds: [0]', 'seeds: [0, 1.5]', 'suite-wrong-value', 's.yaml:12:12 › seeds[1]', '1.5'],
  ['seeds: [0]', 'seeds: [-1]', 'suite-wrong-value', 's.yaml:12:9 › seeds[0]', '-1'],
  ['seeds: [0]', 'seeds: [3, 3]', 'suite-duplicate', 's.yaml:12:12 › seeds[1]', '3 stands twice'],
  ['seeds: [0]', 'seeds: []', 'suite-wrong-value', 's.yaml:12:8 › seeds', 'the list []'],
  [
    'seeds: [0]',
    'metrics: [accuracy.last]',
    'unknown-metric',
    's.yaml:12:11 › metrics[0]',
    'Did you mean accuracy.last@sample?',
  ],
  [
    'seeds: [0]',
    'budget: { treads: 2 }',
    'suite-unknown-key',
    's.yaml:12:11 › budget.treads',
    'Did you mean threads?',
  ],
  [
    'seeds: [0]',
    'budget: { device: tpu }',
    'suite-wrong-value',
    's.yaml:12:19 › budget.device',
    'budget.device is the text “tpu”',
  ],
  ['seeds: [0]', '__proto__: { x: 1 }', 'suite-unknown-key', 's.yaml:12:1 › __proto__', '__proto__'],
  ['seeds: [0]', '<<: { seeds: [1] }', 'suite-unknown-key', 's.yaml:12:1 › <<', '“<<”'],
  ['name: quick\n', '', 'suite-missing-key', 's.yaml:1:1', 'The suite has no name.'],
  ['name: quick', 'name: ../up', 'suite-wrong-value', 's.yaml:1:7 › name', '“../up”'],
  ['- nmc', '- nmc\n  - nmc', 'suite-duplicate', 's.yaml:9:5 › methods[1]', 'The method “nmc” stands twice'],
  ['vit-tiny', 'vit-tiny, vit-tiny', 'suite-duplicate', 's.yaml:6:23 › backbones[1]', 'stands twice'],
  ['- nmc', '- ./mine.ts', 'suite-file-missing', 's.yaml:8:5 › methods[0]', 'there is no such file'],
  [
    'vit-tiny',
    'mine/passport.json',
    'suite-file-missing',
    's.yaml:6:13 › backbones[0]',
    'there is no such file',
  ],
  [
    'vit-tiny',
    '{ name: vit-tiny, preprocessing: aper }',
    'unknown-preset',
    's.yaml:6:46 › backbones[0].preprocessing',
    'aper',
  ],
  [
    '- name: split-cifar100',
    '- path: x\n    name: split-cifar100',
    'suite-wrong-value',
    's.yaml:3:5 › streams[0].path',
    'takes no path',
  ],
  [
    'seeds: [0]',
    'exclude: [{ method: ncm, reason: x }]',
    'suite-excludes-nothing',
    's.yaml:12:21 › exclude[0].method',
    'Did you mean nmc?',
  ],
  [
    'seeds: [0]',
    'exclude: [{ reason: x }]',
    'suite-missing-key',
    's.yaml:12:11 › exclude[0]',
    'names nothing',
  ],
  [
    'seeds: [0]',
    'exclude: [{ method: nmc }]',
    'suite-missing-key',
    's.yaml:12:11 › exclude[0]',
    'has no reason',
  ],
  [
    'seeds: [0]',
    'seeds: [0]\nseeds: [1]',
    'suite-duplicate-key',
    's.yaml:13:1',
    'stands twice in one mapping',
  ],
  ['    tasks:', '\ttasks:', 'suite-tab', 's.yaml:4:1', 'A tab indents this line.'],
  ['seeds: [0]', 'seeds: [0', 'suite-not-yaml', 's.yaml:13:1', 'This is not YAML'],
  ['seeds: [0]', 'seeds: !!python/object [0]', 'suite-not-yaml', 's.yaml:12:8', 'tag'],
  ['seeds: [0]', 'seeds: [0]\n---\nname: two', 'suite-not-yaml', 's.yaml:13:1', 'multiple documents'],
])('%j written %j is %s at %s', (from, to, code, where, says) => {
  const mistakes = mistakesOf(but(from, to))
  expect(mistakes).toHaveLength(1)
  expect(mistakes[0]).toMatchObject({ code, where, what: expect.stringContaining(says) })
  expect(mistakes[0].mend).toMatch(/\.$/)
})

test('all mistakes of a file are told together, in the order of its lines', () => {
  const text = `name: quick
titel: x
streams: [{ name: split-cifar100, tasks: 11, orders: [A-1993, A] }]
backbones: [vit-tny]
methods: [ncm, { name: er.head, options: { exemplar: 1, learningRate: fast } }, { nam: er }]
metrics: [forgetting]
seeds: [zero]
`
  expect(mistakesOf(text).map(({ code, where }) => `${where} ${code}`)).toEqual([
    's.yaml:2:1 › titel suite-unknown-key',
    's.yaml:3:42 › streams[0].tasks stream-does-not-divide',
    's.yaml:3:63 › streams[0].orders[1] class-order-seed',
    's.yaml:4:13 › backbones[0] unknown-backbone',
    's.yaml:5:11 › methods[0] unknown-method',
    's.yaml:5:44 › methods[1].options.exemplar unknown-option',
    's.yaml:5:71 › methods[1].options.learningRate wrong-option',
    's.yaml:5:81 › methods[2] suite-missing-key',
    's.yaml:5:83 › methods[2].nam suite-unknown-key',
    's.yaml:6:11 › metrics[0] unknown-metric',
    's.yaml:7:9 › seeds[0] suite-wrong-value',
  ])
})

test('an option of another method is named as such', () => {
  const [mistake] = mistakesOf(but('- nmc', '- { name: nmc, options: { exemplars: 5 } }'))
  expect(mistake).toMatchObject({
    code: 'unknown-option',
    what: 'nmc has no option “exemplars”. It is one of er and er.head.',
    mend: 'nmc has no options: leave it out.',
  })
})

test('the options that there are come with their defaults', () => {
  expect(mistakesOf(but('exemplars:', 'zzz:'))[0].mend).toBe(
    'Its options and their defaults are exemplars: 500, learningRate: 0.01, buffer: reservoir, nesterov: false.',
  )
})

test('what is not text of a suite is refused as what it is', () => {
  expect(mistakesOf('')).toMatchObject([{ code: 'suite-empty' }])
  expect(mistakesOf('# only a comment\n')).toMatchObject([{ code: 'suite-empty' }])
  expect(mistakesOf('- a\n- list\n')).toMatchObject([{ code: 'suite-wrong-value', where: 's.yaml:1:1' }])
  expect(mistakesOf('just words')).toMatchObject([{ code: 'suite-wrong-value' }])
  expect(mistakesOf(Buffer.from(plain, 'utf16le'))).toMatchObject([
    { code: expect.stringMatching(/^suite-/) },
  ])
  expect(mistakesOf(Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(plain, 'utf16le')]))).toMatchObject([
    { code: 'suite-not-utf8', what: 'The file is UTF-16 text.' },
  ])
  expect(mistakesOf(Buffer.concat([Buffer.from('name: a\ntitle: '), Buffer.of(0xe9, 10)]))).toMatchObject([
    { code: 'suite-not-utf8', what: 'The file is not UTF-8 text from line 2 on.' },
  ])
  expect(mistakesOf(Buffer.alloc(1_000_001, 32))).toMatchObject([{ code: 'suite-too-large' }])
})

test('a byte order mark is no mistake', () => {
  expect(mistakesOf(`\ufeff${plain}`)).toEqual([])
})

test('a missing file and a folder are said to be so', () => {
  expect(() => parseSuite(`${folder}/none.yaml`, { shelves })).toThrowError(
    expect.objectContaining({ code: 'suite-missing', where: `${folder}/none.yaml` }),
  )
  expect(() => parseSuite(folder, { shelves })).toThrowError(
    expect.objectContaining({ code: 'suite-missing', what: expect.stringContaining('folder') }),
  )
})

test('aliases are welcome, a bomb of them is not', () => {
  const shared = plain.replace('- nmc', '- { name: er, options: &o { exemplars: 7 } }')
  const { methods } = parsed(shared.replace('options:\n      exemplars: 500', 'options: *o'))
  expect(methods.map(({ options }) => options.exemplars)).toEqual([7, 7])
  const rows = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'.split('').map((key, i) => {
      const before = 'abcdefgh'[i]
      return `${key}: &${key} [${new Array(9).fill(`*${before}`).join(',')}]`
    }),
  ]
  expect(mistakesOf(`${rows.join('\n')}\n`)).toMatchObject([{ code: 'suite-alias-bomb' }])
  expect(mistakesOf('seeds: &s [*s]')).toMatchObject([{ code: 'suite-not-yaml' }])
  expect(mistakesOf('seeds: *none')).toMatchObject([{ code: 'suite-not-yaml' }])
})
