import type { ErrorText } from '../error.ts'

/** What a run tells its parent while it works; small messages, results go to files. */
export type Progress =
  | { kind: 'phase'; cell: string; phase: 'open' | 'embed' | 'learn' | 'evaluate' | 'done'; detail: string }
  | {
      kind: 'step'
      cell: string
      phase: 'embed' | 'learn' | 'evaluate'
      /** 0-based; absent while embedding. */
      task?: number
      tasks?: number
      stage?: string
      done: number
      total: number
      imagesPerSecond: number
      loss?: number
    }
  | { kind: 'remark'; cell: string; text: string }
  | { kind: 'finished'; cell: string }
  | { kind: 'failed'; cell: string; error: ErrorText }
  | { kind: 'interrupted'; cell: string }
