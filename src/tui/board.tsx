import { Box, Text } from 'ink'
import type { ReactElement } from 'react'
import { type BoardState, duration, secondsLeft } from './board-state.ts'
import { RunLine } from './run-line.tsx'
import { bar, clipped } from './words.ts'

/** The whole live view: how far the suite is, what is at work, what ended last. A function of its props. */
export function Board({
  state,
  now,
  columns,
}: {
  state: BoardState
  now: number
  columns: number
}): ReactElement {
  const done = state.alreadyDone + state.finished + state.failed.length
  const left = secondsLeft(state, now)
  const share = state.total === 0 ? 0 : done / state.total
  const head = `${done} of ${state.total} runs`
  const time = left === undefined ? '' : ` · about ${duration(left)} left`
  const marks = { finished: '✓', failed: '✗', interrupted: '‖' } as const
  const colours = { finished: 'green', failed: 'red', interrupted: 'yellow' } as const
  return (
    <Box flexDirection="column" paddingX={1} width={columns}>
      <Box justifyContent="space-between">
        <Text bold>{clipped(state.suite, columns - head.length - time.length - 4)}</Text>
        <Text>
          {head}
          <Text dimColor>{time}</Text>
        </Text>
      </Box>
      <Text color="cyan">{bar(share, columns - 2)}</Text>
      {state.working.map((run) => (
        <RunLine key={run.cell} run={run} columns={columns - 2} />
      ))}
      {state.ended.map(({ label, outcome }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list is a log, and labels may repeat
        <Text key={index} dimColor={outcome === 'finished'}>
          <Text color={colours[outcome]}>{marks[outcome]}</Text> {clipped(label, columns - 4)}
        </Text>
      ))}
      {state.remarks.map((remark, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list is a log, and remarks may repeat
        <Text key={index} color="yellow">
          {clipped(remark, columns - 2)}
        </Text>
      ))}
      <Text dimColor>Ctrl-C stops; the same command goes on.</Text>
    </Box>
  )
}
