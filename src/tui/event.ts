/** What a view is told while a suite runs. The same events whatever draws them. */
export type BoardEvent =
  /** All runs of the suite, and how many of them are done already. */
  | { kind: 'plan'; suite: string; cells: readonly { id: string; label: string }[]; alreadyDone: number }
  | { kind: 'start'; cell: string }
  | {
      kind: 'step'
      cell: string
      phase: 'embed' | 'learn' | 'evaluate'
      /** 0-based. */
      task?: number
      tasks?: number
      stage?: string
      done: number
      total: number
      imagesPerSecond: number
      loss?: number
    }
  | { kind: 'end'; cell: string; outcome: 'finished' | 'failed' | 'interrupted'; error?: string }
  | { kind: 'remark'; text: string }

/** A view of a running suite, live or in plain lines. Writes to stderr only. */
export interface View {
  event(event: BoardEvent): void
  remark(text: string): void
  /** Ctrl-C, where the view has taken the keyboard. */
  onInterrupt(stop: () => void): void
  close(): void
}
