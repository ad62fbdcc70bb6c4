import { advance, type BoardState, duration, emptyBoard, secondsLeft } from './board-state.ts'
import type { BoardEvent, View } from './event.ts'
import { doing, rate } from './words.ts'

/** Plain lines for logs, pipes and CI: one when a run begins and ends, and one a while in between. */
const lineSeconds = 15

export function plainView(write: (line: string) => void, now: () => number = Date.now): View {
  let state: BoardState = emptyBoard(now())
  const lastLine = new Map<string, number>()
  const label = (cell: string) => state.labels.get(cell) ?? cell
  return {
    event(event: BoardEvent) {
      state = advance(state, event)
      if (event.kind === 'plan') {
        write(`${event.suite}: ${event.cells.length} runs, ${event.alreadyDone} of them done already`)
      } else if (event.kind === 'start') {
        lastLine.set(event.cell, now())
        write(`▸ ${label(event.cell)}`)
      } else if (event.kind === 'step') {
        if (now() - (lastLine.get(event.cell) ?? 0) < lineSeconds * 1000) return
        lastLine.set(event.cell, now())
        const run = state.working.find((one) => one.cell === event.cell)
        if (!run) return
        const share = Math.floor((100 * event.done) / Math.max(event.total, 1))
        write(`  ${run.label}: ${doing(run)}, ${share} %, ${rate(event.imagesPerSecond)}`)
      } else if (event.kind === 'end') {
        const left = secondsLeft(state, now())
        const done = state.alreadyDone + state.finished + state.failed.length
        const tail = ` (${done} of ${state.total}${left ? `, about ${duration(left)} left` : ''})`
        if (event.outcome === 'finished') write(`✓ ${label(event.cell)}${tail}`)
        else if (event.outcome === 'failed') write(`✗ ${label(event.cell)}: ${event.error}${tail}`)
        else write(`‖ ${label(event.cell)}: stopped, saved`)
      } else write(event.text)
    },
    remark: write,
    onInterrupt: () => undefined,
    close: () => undefined,
  }
}
