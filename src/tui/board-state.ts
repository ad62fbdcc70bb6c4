import type { BoardEvent } from './event.ts'

/** What a board shows: a pure function of the events so far. */
export interface BoardState {
  suite: string
  labels: ReadonlyMap<string, string>
  total: number
  alreadyDone: number
  finished: number
  failed: readonly { label: string; error: string }[]
  /** Runs at work, in the order they began. */
  working: readonly Working[]
  /** The last few that ended. */
  ended: readonly { label: string; outcome: 'finished' | 'failed' | 'interrupted' }[]
  remarks: readonly string[]
  startedAt: number
}

export interface Working {
  cell: string
  label: string
  phase: 'start' | 'embed' | 'learn' | 'evaluate'
  task?: number
  tasks?: number
  stage?: string
  done: number
  total: number
  imagesPerSecond: number
  loss?: number
}

export function emptyBoard(now: number): BoardState {
  return {
    suite: '',
    labels: new Map(),
    total: 0,
    alreadyDone: 0,
    finished: 0,
    failed: [],
    working: [],
    ended: [],
    remarks: [],
    startedAt: now,
  }
}

const endedShown = 5
const remarksShown = 4

export function advance(state: BoardState, event: BoardEvent): BoardState {
  const labelOf = (cell: string) => state.labels.get(cell) ?? cell
  switch (event.kind) {
    case 'plan':
      return {
        ...state,
        suite: event.suite,
        labels: new Map(event.cells.map((cell) => [cell.id, cell.label])),
        total: event.cells.length,
        alreadyDone: event.alreadyDone,
      }
    case 'start':
      return {
        ...state,
        working: [
          ...state.working,
          {
            cell: event.cell,
            label: labelOf(event.cell),
            phase: 'start',
            done: 0,
            total: 0,
            imagesPerSecond: 0,
          },
        ],
      }
    case 'step': {
      const { kind: _, ...step } = event
      return {
        ...state,
        working: state.working.map((run) => (run.cell === event.cell ? { ...run, ...step } : run)),
      }
    }
    case 'end': {
      const label = labelOf(event.cell)
      const isRun = state.labels.has(event.cell)
      return {
        ...state,
        working: state.working.filter((run) => run.cell !== event.cell),
        finished: state.finished + (isRun && event.outcome === 'finished' ? 1 : 0),
        failed:
          isRun && event.outcome === 'failed'
            ? [...state.failed, { label, error: event.error ?? 'unknown' }]
            : state.failed,
        ended: [...state.ended, { label, outcome: event.outcome }].slice(-endedShown),
      }
    }
    case 'remark':
      return { ...state, remarks: [...state.remarks, event.text].slice(-remarksShown) }
  }
}

/** Seconds until the last run is done, judged by those that were finished here; `undefined` before the first. */
export function secondsLeft(state: BoardState, now: number): number | undefined {
  const done = state.finished + state.failed.length
  if (done === 0) return undefined
  const open = state.total - state.alreadyDone - done
  return ((now - state.startedAt) / 1000 / done) * open
}

/** `41 s`, `3 min`, `2 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}
