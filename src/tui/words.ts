import { cut, oneLine } from '../report/index.ts'
import type { Working } from './board-state.ts'

/** `task 4 of 10 · learn`, what a run is doing, in words. Tasks are counted from 1 in print. */
export function doing(run: Working): string {
  if (run.phase === 'start') return 'starting'
  if (run.phase === 'embed') return 'embedding images'
  if (run.task !== undefined && run.task < 0) return 'evaluate before the first task'
  const task = run.task === undefined ? '' : `task ${run.task + 1}${run.tasks ? ` of ${run.tasks}` : ''} · `
  return task + (run.phase === 'evaluate' ? 'evaluate' : (run.stage ?? 'learn'))
}

export function rate(imagesPerSecond: number): string {
  const digits = imagesPerSecond < 10 ? 1 : 0
  return `${imagesPerSecond.toLocaleString('en-US', { maximumFractionDigits: digits })} images/s`
}

/** A bar of `width` cells, eighths resolved. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(Math.max(share, 0), 1) * width * 8)
  const full = Math.floor(eighths / 8)
  const rest = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]
  return '█'.repeat(full) + rest + '·'.repeat(width - full - (rest ? 1 : 0))
}

/** One line of at most `width` columns of a terminal, marked where it was cut. */
export function clipped(text: string, width: number): string {
  if (width < 2) return text === '' || width < 1 ? '' : '…'
  return cut(oneLine(text), width)
}

const widest = 110
/** A terminal of unknown width reports 0 or nothing. */
const fallbackColumns = 80

/** Columns that the board takes of a terminal that reports so many. */
export function boardColumns(reported: number | undefined): number {
  return Math.min(reported || fallbackColumns, widest)
}
