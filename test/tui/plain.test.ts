import { expect, test } from 'vitest'
import { plainView } from '../../src/tui/index.ts'

function view() {
  const lines: string[] = []
  let milliseconds = 0
  const plain = plainView(
    (line) => lines.push(line),
    () => milliseconds,
  )
  return { plain, lines, at: (seconds: number) => (milliseconds = seconds * 1000) }
}

const step = (done: number) =>
  ({
    kind: 'step',
    cell: 'a',
    phase: 'learn',
    task: 0,
    tasks: 2,
    stage: 'train',
    done,
    total: 200,
    imagesPerSecond: 7.25,
  }) as const

test('plain lines tell what begins and ends, and every quarter of a minute how far it is', () => {
  const { plain, lines, at } = view()
  plain.event({
    kind: 'plan',
    suite: 'quick',
    cells: [
      { id: 'a', label: 'nmc · seed 0' },
      { id: 'b', label: 'er.head · seed 0' },
      { id: 'c', label: 'joint.head · seed 0' },
    ],
    alreadyDone: 0,
  })
  plain.event({ kind: 'remark', text: 'the published images, in other files' })
  plain.event({ kind: 'start', cell: 'a' })
  for (let second = 1; second <= 40; second++) {
    at(second)
    plain.event(step(second))
  }
  plain.event({ kind: 'end', cell: 'a', outcome: 'finished' })
  plain.event({ kind: 'start', cell: 'b' })
  plain.event({ kind: 'end', cell: 'b', outcome: 'failed', error: 'loss-not-finite: the loss became NaN' })
  plain.event({ kind: 'start', cell: 'c' })
  plain.remark('Interrupted: saving what is done.')
  plain.event({ kind: 'end', cell: 'c', outcome: 'interrupted' })
  plain.close()
  expect(lines).toEqual([
    'quick: 3 runs, 0 of them done already',
    'the published images, in other files',
    '▸ nmc · seed 0',
    '  nmc · seed 0: task 1 of 2 · train, 7 %, 7.3 images/s',
    '  nmc · seed 0: task 1 of 2 · train, 15 %, 7.3 images/s',
    '✓ nmc · seed 0 (1 of 3, about 80 s left)',
    '▸ er.head · seed 0',
    '✗ er.head · seed 0: loss-not-finite: the loss became NaN (2 of 3, about 20 s left)',
    '▸ joint.head · seed 0',
    'Interrupted: saving what is done.',
    '‖ joint.head · seed 0: stopped, saved',
  ])
})

test('a line has no control characters, so a log can be read', () => {
  const { plain, lines } = view()
  plain.event({ kind: 'start', cell: 'a' })
  plain.event({ kind: 'end', cell: 'a', outcome: 'finished' })
  expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f]/)
})
