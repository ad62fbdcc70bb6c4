import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { byOperator } from '../../../src/autodiff/by-operator.ts'
import { rules } from '../../../src/autodiff/rules/index.ts'

const shelf = fileURLToPath(new URL('../../../src/autodiff/rules', import.meta.url))
const tests = fileURLToPath(new URL('.', import.meta.url))

const files = readdirSync(shelf)
  .filter((name) => name.endsWith('.ts') && name !== 'index.ts')
  .map((name) => ({ name, text: readFileSync(`${shelf}/${name}`, 'utf8') }))

const declared = files.flatMap(({ name, text }) =>
  [...text.matchAll(/defineRule\(\s*'(\w+)'/g)].map(([, op]) => ({ file: name, op })),
)

test('every rule that a file declares is on the list, once', () => {
  const listed = [...rules.values()].map(({ op }) => op)
  for (const { file, op } of declared) expect(listed, `${file} declares ${op}`).toContain(op)
})

test('two rules for one operator are an error, and for one name in two domains are not', () => {
  const rule = (domain: string) => ({ op: 'Twice', domain, gradients: () => [] })
  expect(() => byOperator([rule(''), rule('com.microsoft'), rule('')])).toThrow(
    'two gradient rules are declared for :Twice',
  )
  expect([...byOperator([rule(''), rule('com.microsoft')]).keys()]).toEqual([':Twice', 'com.microsoft:Twice'])
})

test.each(files)('$name says by whom its operators are defined', ({ text }) => {
  expect(text).toMatch(/^ \* @source \S/m)
})

test.each(files)('$name declares rules, each under a comment that says its formula', ({ text }) => {
  const made = text.match(/^export const \w+ = defineRule\(/gm) ?? []
  expect(made.length).toBeGreaterThan(0)
  expect(text.match(/\*\/\nexport const \w+ = defineRule\(/g)).toHaveLength(made.length)
})

/** Made by the lowering of BatchNormalization only, and tried with it. */
const virtual = 'TrainingBatchNormalization'

test.each(declared.filter(({ op }) => op !== virtual))('$op is tried by a test', ({ op }) => {
  const all = readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.startsWith('shelf'))
    .map((name) => readFileSync(`${tests}/${name}`, 'utf8'))
  expect(all.some((text) => new RegExp(`['"\`]${op}['"\`]`).test(text))).toBe(true)
})
