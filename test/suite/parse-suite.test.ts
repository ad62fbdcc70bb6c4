import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkOptions, parseSuite, suiteSchema } from '../../src/suite/index.ts'
import { folder, parsed, plain, shelves } from './shelves.ts'

test('a suite is read with its defaults filled in', () => {
  const suite = parsed(`name: small
streams: [split-procedural, procedural-domains]
backbones: [mini-resnet, { name: vit-tiny, preprocessing: nmc-224 }]
methods: [nmc, { name: er.head, options: { exemplars: 10 } }]
`)
  expect(suite).toMatchObject({
    name: 'small',
    title: 'small',
    streams: [
      { name: 'split-procedural', tasks: 5, orders: ['numpy:1993'] },
      { name: 'procedural-domains', tasks: 'domains', orders: ['natural'] },
    ],
    backbones: [
      { name: 'mini-resnet', preprocessing: 'passport' },
      { name: 'vit-tiny', preprocessing: 'nmc-224' },
    ],
    methods: [
      { name: 'nmc', label: 'nmc', options: {} },
      {
        name: 'er.head',
        label: 'er.head',
        options: { exemplars: 10, learningRate: 0.01, buffer: 'reservoir', nesterov: false },
      },
    ],
    seeds: [0],
    exclude: [],
  })
  expect(suite.metrics.length).toBeGreaterThan(0)
  expect(suite.budget.threads).toBeGreaterThan(0)
})

test('a part of each class is asked for with images, and is part of what a suite is', () => {
  const whole = parsed(plain)
  const asked = (images: string) =>
    parsed(plain.replace('tasks: B0-Inc10', `tasks: B0-Inc10\n    images: ${images}`))
  expect(whole.streams[0].images).toBeUndefined()
  expect(asked('{ train: 100, test: 20 }').streams[0].images).toEqual({ train: 100, test: 20 })
  const ids = [whole, asked('{ train: 100, test: 20 }'), asked('{ train: 100 }')].map(({ id }) => id)
  expect(new Set(ids).size).toBe(3)
})

test('one stream stands twice when its parts differ', () => {
  const suite = parsed(`name: small
streams: [split-procedural, { name: split-procedural, images: { train: 5 } }]
backbones: [mini-resnet]
methods: [nmc]
`)
  expect(suite.streams.map(({ images }) => images?.train)).toEqual([undefined, 5])
})

test('one backbone stands twice at two sizes, and a size is part of what a suite is', () => {
  const suite = parsed(plain.replace('[vit-tiny]', '[vit-tiny, { name: vit-tiny, size: 96 }]'))
  expect(suite.backbones).toEqual([
    { name: 'vit-tiny', preprocessing: 'passport' },
    { name: 'vit-tiny', preprocessing: 'passport', size: 96 },
  ])
  const ids = ['vit-tiny', '{ name: vit-tiny, size: 96 }', '{ name: vit-tiny, size: 112 }'].map(
    (entry) => parsed(plain.replace('vit-tiny', entry)).id,
  )
  expect(new Set(ids).size).toBe(3)
})

test('a backbone at another size is excluded under that name, and every size under its own', () => {
  const both = plain.replace('[vit-tiny]', '[vit-tiny, { name: vit-tiny, size: 96 }]')
  const without = (backbone: string) =>
    parsed(`${both}exclude: [{ backbone: ${backbone}, method: nmc, reason: too small }]\n`)
  const ids = [both, plain].map((text) => parsed(text).id)
  expect(without('vit-tiny@96px').exclude[0].backbone).toBe('vit-tiny@96px')
  expect(new Set([...ids, without('vit-tiny@96px').id, without('vit-tiny').id]).size).toBe(4)
  expect(() => without('vit-tiny@112px')).toThrow(/no backbone called “vit-tiny@112px”/)
})

test('one method twice is told apart by its options, or by a label', () => {
  const suite = parsed(`name: small
streams: [split-procedural]
backbones: [mini-resnet]
methods:
  - er.head
  - { name: er.head, options: { exemplars: 2000 } }
  - { name: er.head, label: mine, options: { exemplars: 20 } }
`)
  expect(suite.methods.map((method) => method.label)).toEqual([
    'er.head (exemplars 500)',
    'er.head (exemplars 2000)',
    'mine',
  ])
})

test('a method and a backbone of the user’s are files beside the suite', () => {
  writeFileSync(join(folder, 'mine.ts'), '')
  writeFileSync(join(folder, 'mine.passport.json'), '{}')
  const suite = parsed(plain.replace('- nmc', '- ./mine.ts').replace('vit-tiny', 'mine.passport.json'))
  expect(suite.methods[0]).toEqual({ name: './mine.ts', label: 'mine', options: {} })
  expect(suite.backbones[0].name).toBe('mine.passport.json')
})

const idOf = (text: string, flags = {}) => parsed(text, flags).id

test.each([
  ['a comment', plain.replace('seeds', '# why\nseeds')],
  ['a title', `title: Something\n${plain}`],
  ['another name', plain.replace('quick', 'slow')],
  ['threads and hours', `${plain}budget: { hours: 3, threads: 7 }\n`],
  ['metrics in another order', `${plain}metrics: [bwt@lopezpaz17, accuracy.last@sample]\n`],
  ['a default spelled out', plain.replace('exemplars: 500', 'exemplars: 500\n      buffer: reservoir')],
  ['a label', plain.replace('name: er.head', 'name: er.head\n    label: replay')],
  ['the long form of an entry', plain.replace('- nmc', '- name: nmc')],
  ['the letter of an order', plain.replace('numpy:1993', 'A-1993')],
  ['methods in another order', plain.replace('  - nmc\n', '').replace('seeds', '  - nmc\nseeds')],
])('%s leaves the suite’s id as it is', (_, text) => {
  expect(idOf(text)).toBe(idOf(plain))
})

test('whatever determines a result changes the id', () => {
  const others = [
    plain.replace('numpy:1993', 'numpy:1996'),
    plain.replace('numpy:1993', 'numpy-inverse:1993'),
    plain.replace('B0-Inc10', 'B50-Inc10'),
    plain.replace('vit-tiny', 'mobilenetv2'),
    plain.replace('[vit-tiny]', '[{ name: vit-tiny, preprocessing: nmc-224 }]'),
    plain.replace('exemplars: 500', 'exemplars: 501'),
    plain.replace('- nmc', '- naive.head'),
    plain.replace('seeds: [0]', 'seeds: [1]'),
    plain.replace('seeds: [0]', 'seeds: [0, 1]'),
    `${plain}exclude: [{ method: nmc, reason: slow }]\n`,
  ]
  expect(new Set([plain, ...others].map((text) => idOf(text))).size).toBe(others.length + 1)
})

test('the reason of an exclusion is for people', () => {
  const because = (reason: string) => idOf(`${plain}exclude: [{ method: nmc, reason: ${reason} }]\n`)
  expect(because('slow')).toBe(because('dull'))
})

test('--only takes methods by name or label, and the cut suite is another suite', () => {
  expect(parsed(plain, { only: ['nmc'] }).methods.map(({ name }) => name)).toEqual(['nmc'])
  expect(idOf(plain, { only: ['nmc'] })).not.toBe(idOf(plain))
  expect(idOf(plain, { only: ['nmc', 'er.head'] })).toBe(idOf(plain))
})

test('every suite that comes with Streambed names things that exist', async () => {
  const { suiteShelves } = await import('../../src/harness/suite-shelves.ts')
  const real = await suiteShelves()
  const suites = readdirSync('suites').filter((file) => file.endsWith('.yaml'))
  expect(suites).toEqual(
    expect.arrayContaining(['default.yaml', 'split-cifar100.yaml', 'split-cifar100-seeds.yaml']),
  )
  for (const file of suites) {
    const suite = parseSuite(`suites/${file}`, { shelves: real })
    expect(suite.name).toBe(file.replace('.yaml', ''))
    // Each has a ceiling to be read against.
    expect(suite.methods.some(({ name }) => ['joint', 'joint.head'].includes(name))).toBe(true)
    expect(readFileSync(`suites/${file}`, 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=\.\/suite\.schema\.json\n/,
    )
  }
})

test('the schema for editors is the one that suites are read with', () => {
  expect(JSON.parse(readFileSync('suites/suite.schema.json', 'utf8'))).toEqual(suiteSchema())
})

test('an editor is told what every setting is, and offered the names on the shelves', () => {
  const schema = suiteSchema(shelves)
  expect(schema).toMatchObject({
    $schema: expect.stringContaining('draft-07'),
    additionalProperties: false,
    required: ['name', 'streams', 'backbones', 'methods'],
  })
  for (const property of Object.values(schema.properties as object)) {
    expect(property).toMatchObject({ description: expect.stringMatching(/\w+ \w+/) })
  }
  const methods = ['nmc', 'er', 'er.head', 'naive.head']
  expect(schema.properties).toMatchObject({
    streams: {
      items: {
        anyOf: [{ examples: shelves.streams }, { properties: { name: { examples: shelves.streams } } }],
      },
    },
    methods: { items: { anyOf: [{ examples: methods }, { properties: { name: { examples: methods } } }] } },
    metrics: { items: { examples: shelves.metrics } },
  })
  expect(JSON.stringify(suiteSchema())).not.toContain('examples')
})

test('a loaded method of the user’s has its options checked the same way', () => {
  const mine = { name: 'mine', options: { rate: 0.1 } }
  expect(() => checkOptions(mine, { rate: 1 }, 's.yaml')).not.toThrow()
  expect(() => checkOptions(mine, { rte: 1 }, 's.yaml')).toThrowError(
    expect.objectContaining({ code: 'unknown-option', what: expect.stringContaining('Did you mean rate?') }),
  )
})
