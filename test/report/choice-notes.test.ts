import { expect, test } from 'vitest'
import { choiceNotes } from '../../src/report/choice-notes.ts'

const learned = (value: number, atEnd: boolean) => ({ kind: 'learn', chosen: { lambda: { value, atEnd } } })
const entry = (label: string, ...runs: object[][]) =>
  ({ label, group: { label, finished: runs.map((events) => ({ events })) } }) as never

test('a report says of which method and in how many tasks a choice lies at the end of what was tried', () => {
  const one = entry(
    'ridge',
    [learned(1e-8, true), { kind: 'boundary' }, learned(10, false)],
    [learned(1e8, true), learned(1, false)],
  )
  const other = entry('ranpac', [learned(100, false)])
  const plain = entry('nmc', [{ kind: 'learn' }])
  expect(choiceNotes([one, other, plain])).toEqual([
    'Chosen at an end of what was tried: lambda of ridge (2 of 4 tasks).',
  ])
  expect(choiceNotes([other, plain])).toEqual([])
})
