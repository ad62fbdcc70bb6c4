import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { suiteShelves } from '../../src/harness/suite-shelves.ts'
import { checkOptions, methodPresets } from '../../src/suite/index.ts'
import { mistakesOf, parsed, plain } from './shelves.ts'

const withMethods = (methods: string) => plain.replace(/methods:[\s\S]*?(?=seeds)/, `methods: ${methods}\n`)

test('a preset is the options it stands for, and those spelled out beside it come on top', () => {
  const suite = parsed(
    withMethods(
      '[{ name: er.head, preset: tiny }, { name: er.head, preset: tiny, options: { exemplars: 7 } }]',
    ),
  )
  const rest = { learningRate: 0.01, buffer: 'reservoir', nesterov: true }
  expect(suite.methods).toEqual([
    { name: 'er.head', label: 'er.head (preset tiny)', preset: 'tiny', options: { exemplars: 5, ...rest } },
    {
      name: 'er.head',
      label: 'er.head (preset tiny, exemplars 7)',
      preset: 'tiny',
      options: { exemplars: 7, ...rest },
    },
  ])
})

test('a preset and its options spelled out are one suite', () => {
  const named = parsed(withMethods('[{ name: er.head, preset: tiny }]'))
  const spelled = parsed(withMethods('[{ name: er.head, options: { exemplars: 5, nesterov: true } }]'))
  expect(named.id).toBe(spelled.id)
  expect(named.methods[0].label).toBe('er.head')
  expect(named.id).not.toBe(parsed(withMethods('[er.head]')).id)
})

test('a preset can be set from the command line', () => {
  const suite = parsed(withMethods('[er.head]'), { set: ['methods[er.head].preset=tiny'] })
  expect(suite.methods[0].options).toMatchObject({ exemplars: 5, nesterov: true })
})

test.each([
  ['er.head', 'tinny', 'er.head has no preset called “tinny”. Did you mean tiny?', 'Use tiny.'],
  ['nmc', 'tiny', 'nmc has no preset called “tiny”.', 'It has none: write its options out.'],
])('a preset that %s does not have is a mistake that names those it has', (name, preset, what, mend) => {
  const text = withMethods(`[{ name: ${name}, preset: ${preset} }]`)
  const where = expect.stringMatching(/^s\.yaml:7:\d+ › methods\[0\]\.preset$/)
  expect(mistakesOf(text)).toEqual([{ code: 'unknown-method-preset', what, mend, where }])
})

test('every preset of the shelf belongs to a method, and sets options that the method has', async () => {
  const { methods } = await suiteShelves()
  const files = readdirSync('baselines/presets')
  expect(files.length).toBeGreaterThan(0)
  for (const file of files) {
    const method = file.replace(/\.yaml$/, '')
    expect(Object.keys(methods)).toContain(method)
    expect(methodPresets(method).length).toBeGreaterThan(0)
    for (const { name, summary, options } of methodPresets(method)) {
      expect(summary).not.toBe('')
      expect(() => checkOptions({ name: method, options: methods[method] }, options, name)).not.toThrow()
    }
  }
  expect(methodPresets('nmc')).toEqual([])
})
