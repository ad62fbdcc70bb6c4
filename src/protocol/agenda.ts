import type { Needs } from '../method/index.ts'
import type { Stream, TaskIndex } from '../streams/index.ts'

/** What is done, in order: a stream's events as one method meets them. */
export type Agenda = readonly AgendaItem[]

export type AgendaItem =
  | { kind: 'classes'; task: TaskIndex; classes: readonly number[] }
  | {
      kind: 'learn'
      task: TaskIndex
      classes: readonly number[]
      rows: Uint32Array
      /** How many of the rows have not been met before. */
      newRows: number
    }
  | { kind: 'boundary'; task: TaskIndex }
  | { kind: 'evaluate'; after: TaskIndex; sets: readonly TaskIndex[] }

/**
 * The stream's own events for a continual method. A reference that sees all tasks so far (`cumulative`) learns with
 * each chunk all earlier ones again. One that sees all tasks at once (`joint`) meets all classes, learns the union of
 * all chunks as if it were the last task, and is evaluated once, on everything.
 */
export function agendaOf(stream: Stream, needs: Needs): Agenda {
  const chunkOf = (task: TaskIndex, chunk: number): AgendaItem & { kind: 'learn' } => ({
    kind: 'learn',
    task,
    classes: stream.tasks[task].classes,
    rows: stream.chunks[chunk],
    newRows: stream.chunks[chunk].length,
  })
  if (needs.sees !== 'all tasks at once') {
    const met: Uint32Array[] = []
    return stream.events.map((event) => {
      if (event.kind !== 'learn') return event
      const item = chunkOf(event.task, event.chunk)
      met.push(stream.chunks[event.chunk])
      return needs.sees === 'all tasks so far' ? { ...item, rows: union(met) } : item
    })
  }
  const last = stream.tasks.length - 1
  const arrivals = stream.events.filter((event) => event.kind === 'classes')
  const learned = stream.events.filter((event) => event.kind === 'learn')
  const classes = [...new Set(arrivals.flatMap((event) => event.classes))]
  const rows = union(learned.map((event) => stream.chunks[event.chunk]))
  return [
    { kind: 'classes', task: last, classes },
    { kind: 'learn', task: last, classes, rows, newRows: rows.length },
    { kind: 'boundary', task: last },
    { kind: 'evaluate', after: last, sets: stream.tasks.map((_, task) => task) },
  ]
}

function union(chunks: readonly Uint32Array[]): Uint32Array {
  const rows = new Uint32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    rows.set(chunk, at)
    at += chunk.length
  }
  return rows
}
