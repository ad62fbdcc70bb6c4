import { Box, Text } from 'ink'
import type { ReactElement } from 'react'
import type { Working } from './board-state.ts'
import { bar, clipped, doing, rate } from './words.ts'

/** One run at work: what it is, what it is doing, how far, how fast. */
export function RunLine({ run, columns }: { run: Working; columns: number }): ReactElement {
  const share = run.total === 0 ? 0 : run.done / run.total
  const speed = run.total === 0 ? '' : rate(run.imagesPerSecond)
  const percent = `${Math.floor(share * 100)} %`.padStart(5)
  const room = Math.max(8, Math.min(24, columns - 30 - speed.length - percent.length))
  return (
    <Box flexDirection="column">
      <Text>
        <Text color="cyan">▸</Text> {clipped(run.label, columns - 2)}
      </Text>
      <Box>
        <Box width={28}>
          <Text dimColor>
            {'  '}
            {clipped(doing(run), 25)}
          </Text>
        </Box>
        <Text color="cyan">{bar(share, room)}</Text>
        <Text>{percent} </Text>
        <Text dimColor>{speed}</Text>
      </Box>
    </Box>
  )
}
