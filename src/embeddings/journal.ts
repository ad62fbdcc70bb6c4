import { closeSync, fdatasyncSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { z } from 'zod'

const segmentSchema = z.object({
  split: z.enum(['train', 'test']),
  from: z.int().min(0),
  rows: z.int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
/** Rows `from` … `from + rows − 1` of a split are in its data file, and their bytes have this checksum. */
export type Segment = z.infer<typeof segmentSchema>

const attemptSchema = z.object({
  attempt: z.object({
    at: z.string(),
    streambed: z.string(),
    runtime: z.string(),
    cpu: z.string(),
    threads: z.int(),
    batch: z.int(),
  }),
})
/** Who computed the stretches that follow: what could explain a difference between two machines. */
export type Attempt = z.infer<typeof attemptSchema>['attempt']

/**
 * What the journal says, line by line. A line that was torn by a kill or damaged since is no line: its rows
 * count as not there and are computed again.
 */
export function readJournal(path: string): { segments: Segment[]; attempts: Attempt[]; damaged: number } {
  const journal = { segments: [] as Segment[], attempts: [] as Attempt[], damaged: 0 }
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return journal
    throw error
  }
  const lines = text.split('\n')
  const torn = lines.pop() // what stands after the last newline was never finished
  if (torn !== '') journal.damaged++
  for (const line of lines) {
    const value = parsed(line)
    const segment = segmentSchema.safeParse(value)
    const attempt = attemptSchema.safeParse(value)
    if (segment.success) journal.segments.push(segment.data)
    else if (attempt.success) journal.attempts.push(attempt.data.attempt)
    else if (line !== '') journal.damaged++
  }
  return journal
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

export interface Journal {
  /** Adds one line and waits until it is on the disk. */
  append(line: Segment | { attempt: Attempt }): void
  close(): void
}

export function openJournal(path: string): Journal {
  const file = openSync(path, 'a+')
  endLine(file)
  return {
    append(line) {
      const bytes = Buffer.from(JSON.stringify(line) + '\n')
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      fdatasyncSync(file)
    },
    close: () => closeSync(file),
  }
}

/** After a torn line, starts a new one: otherwise the next line would be ruined with it. */
function endLine(file: number): void {
  const { size } = fstatSync(file)
  const last = Buffer.alloc(1)
  if (size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a) writeSync(file, '\n')
}
