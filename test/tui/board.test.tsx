import { stripVTControlCharacters } from 'node:util'
import { render } from 'ink-testing-library'
import type { ReactElement } from 'react'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { Board } from '../../src/tui/board.tsx'
import { advance, type BoardState, emptyBoard, type Working } from '../../src/tui/board-state.ts'
import type { BoardEvent } from '../../src/tui/index.ts'
import { RunLine } from '../../src/tui/run-line.tsx'
import { bar, boardColumns, clipped } from '../../src/tui/words.ts'

const drawn = (tree: ReactElement): string => {
  const { lastFrame, unmount } = render(tree)
  const frame = stripVTControlCharacters(lastFrame() ?? '')
  unmount()
  return frame
}

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => stringWidth(line)))

const longName =
  'er.head (exemplars=2000, learningRate=0.05, batch=128) · split-cifar100/b0-inc10 numpy:1993 · vit-tiny'

const events: BoardEvent[] = [
  {
    kind: 'plan',
    suite: 'split-cifar100',
    cells: [
      { id: 'a', label: 'nmc · split-cifar100/b0-inc10 numpy:1993 · vit-tiny · seed 0' },
      { id: 'b', label: longName },
      { id: 'c', label: '最近类均值 · 分割 · vit-tiny · seed 0' },
      ...Array.from({ length: 5 }, (_, i) => ({ id: `${i}`, label: `joint.head · seed ${i}` })),
    ],
    alreadyDone: 1,
  },
  { kind: 'start', cell: 'a' },
  { kind: 'end', cell: 'a', outcome: 'finished' },
  { kind: 'start', cell: 'c' },
  { kind: 'end', cell: 'c', outcome: 'failed', error: 'loss-not-finite: the loss became NaN' },
  { kind: 'remark', text: 'split-cifar100: the published images, in other files' },
  { kind: 'start', cell: 'b' },
  {
    kind: 'step',
    cell: 'b',
    phase: 'learn',
    task: 3,
    tasks: 10,
    stage: 'train',
    done: 30,
    total: 120,
    imagesPerSecond: 12_345.6,
  },
]
const state: BoardState = events.reduce(advance, emptyBoard(0))

test.each([80, 60])('the board at %d columns', async (columns) => {
  const frame = drawn(<Board state={state} now={60_000} columns={columns} />)
  await expect(`${frame}\n`).toMatchFileSnapshot(`../golden/tui/board-${columns}.txt`)
  expect(widest(frame)).toBeLessThanOrEqual(columns)
})

test('before its first event a board is drawn too', () => {
  const frame = drawn(<Board state={emptyBoard(0)} now={0} columns={80} />)
  expect(frame).toContain('0 of 0 runs')
  expect(frame).not.toMatch(/NaN|Infinity|undefined/)
})

test('at any width from 24 to 110 no line is wider than the terminal and no name ends without a mark', () => {
  for (let columns = 24; columns <= 110; columns++) {
    const frame = drawn(<Board state={state} now={60_000} columns={Math.min(columns, 100)} />)
    expect(widest(frame), `${columns} columns`).toBeLessThanOrEqual(columns)
    const name = frame.split('\n').find((line) => line.includes('▸'))!
    if (!name.includes('vit-tiny')) expect(name.trimEnd().endsWith('…'), name).toBe(true)
  }
})

const working: Working = {
  cell: 'b',
  label: 'er.head · seed 0',
  phase: 'learn',
  task: 3,
  tasks: 10,
  stage: 'train',
  done: 30,
  total: 120,
  imagesPerSecond: 640,
}

test('a run at work is two lines: its name, and what it is doing, how far and how fast', () => {
  expect(drawn(<RunLine run={working} columns={78} />)).toBe(
    ['▸ er.head · seed 0', '  task 4 of 10 · train      ██████·················· 25 % 640 images/s'].join(
      '\n',
    ),
  )
})

test('a run that has only begun shows no speed and no share of nothing', () => {
  const frame = drawn(<RunLine run={{ ...working, phase: 'start', done: 0, total: 0 }} columns={78} />)
  expect(frame).toContain('starting')
  expect(frame).toContain('0 %')
  expect(frame).not.toContain('images/s')
})

test('a bar has its width whatever the share, eighths resolved', () => {
  expect(bar(0, 4)).toBe('····')
  expect(bar(0.25, 4)).toBe('█···')
  expect(bar(0.28125, 4)).toBe('█▏··') // 9 eighths of 32
  expect(bar(1, 4)).toBe('████')
  expect(bar(1.5, 4)).toBe('████')
  expect(bar(-1, 4)).toBe('····')
  for (let i = 0; i <= 100; i++) expect(stringWidth(bar(i / 100, 13))).toBe(13)
})

test('what is cut is marked, in columns and not in characters', () => {
  expect(clipped('nearest class mean', 18)).toBe('nearest class mean')
  expect(clipped('nearest class mean', 10)).toBe('nearest c…')
  expect(clipped('最近类均值', 6)).toBe('最近…') // five of two columns each; two and the mark fit
  expect(clipped('👩‍👩‍👧‍👦 family', 4)).toBe('👩‍👩‍👧‍👦 …')
  expect(clipped('one\ntwo', 20)).toBe('one two')
  expect([clipped('abc', 1), clipped('abc', 0), clipped('abc', -5)]).toEqual(['…', '', ''])
})

test('a terminal that does not know its width is taken to have 80 columns, and no board is wider than 110', () => {
  expect([0, undefined, 60, 300].map(boardColumns)).toEqual([80, 80, 60, 110])
})
