import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StreambedError } from '../../src/error.ts'
import { parsed, plain } from './shelves.ts'

/** Whatever is thrown for a user's text must be errors that tell him what to mend. */
function isAnswered(text: string, flags: { set?: string[]; only?: string[] } = {}): boolean {
  try {
    return parsed(text, flags).id.length === 16
  } catch (error) {
    const errors = error instanceof AggregateError ? error.errors : [error]
    for (const one of errors) if (!(one instanceof StreambedError)) throw one
    return errors.every((one) => one.what !== '' && one.mend !== '' && one.where !== undefined)
  }
}

const scraps = [
  ' ',
  '\n',
  '\t',
  ':',
  '- ',
  '[',
  ']',
  '{',
  '}',
  '&a ',
  '*a',
  '!!map ',
  '"',
  "'",
  '#',
  '|',
  '>',
  '0',
  '-1',
  'null',
  '? ',
  '<<: ',
  '\u0000',
  'é',
  '😀',
]

test('a suite with pieces cut out, doubled or put in is read or answered', () => {
  const edit = fc.record({
    at: fc.nat(plain.length),
    drop: fc.nat(12),
    put: fc.oneof(fc.constantFrom(...scraps), fc.string({ maxLength: 5 })),
  })
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const text = edits.reduce(
        (now, { at, drop, put }) => now.slice(0, at) + put + now.slice(at + drop),
        plain,
      )
      expect(isAnswered(text)).toBe(true)
    }),
    { numRuns: 250 },
  )
})

test('any value in any place is read or answered', () => {
  const keys = [
    'name',
    'streams',
    'backbones',
    'methods',
    'seeds',
    'exclude',
    'metrics',
    'budget',
    'title',
    'options',
  ]
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(
        null,
        true,
        0,
        -1,
        1.5,
        '',
        'nmc',
        'er.head',
        'split-cifar100',
        'numpy:1',
        'x',
      ),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys, 'tasks', 'orders', 'reason', 'label', 'x'), tie('value'), {
        maxKeys: 4,
      }),
    ),
  }))
  const suite = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 8 })
  fc.assert(
    fc.property(suite, (made) => {
      expect(isAnswered(JSON.stringify(made))).toBe(true)
    }),
    { numRuns: 250 },
  )
})

test('any flag is taken or answered', () => {
  const key = fc.oneof(
    fc.constantFrom(
      'seeds',
      'methods.er.head.options.exemplars',
      'methods[0].options',
      'streams.0.tasks',
      'name.x',
    ),
    fc.stringMatching(/^[a-z.[\]0-9_]{0,12}$/),
  )
  fc.assert(
    fc.property(key, fc.string({ maxLength: 8 }), fc.string({ maxLength: 5 }), (path, value, only) => {
      expect(isAnswered(plain, { set: [`${path}=${value}`] })).toBe(true)
      expect(isAnswered(plain, { only: [only] })).toBe(true)
    }),
    { numRuns: 200 },
  )
})
