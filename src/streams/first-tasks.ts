import { StreambedError } from '../error.ts'
import type { Arranged } from './declaration.ts'
import type { StreamEvent } from './stream.ts'

/**
 * The stream up to and with its task number `first` (1-based): what is tuned on, or looked at closely, before the whole.
 * All is as in the whole stream, where it ends there; later tasks are not evaluated either.
 *
 * @throws stream-tasks-too-many
 */
export function firstTasks(arranged: Arranged, first: number | undefined, where?: string): Arranged {
  const { tasks, chunks, shape } = arranged
  if (first === undefined || first === tasks.length) return arranged
  if (first > tasks.length) {
    throw new StreambedError('stream-tasks-too-many', {
      what: `The first ${first} tasks were asked of a stream of ${tasks.length}.`,
      where: where && `${where}.first`,
      mend: `Ask for ${tasks.length - 1} or fewer, or leave first out to take them all.`,
    })
  }
  const events = arranged.events.flatMap((event): StreamEvent[] => {
    if (event.kind !== 'evaluate') return event.task < first ? [event] : []
    const sets = event.sets.filter((task) => task < first)
    return event.after < first && sets.length > 0 ? [{ ...event, sets }] : []
  })
  // Events call chunks by number: the numbers stay, and what is never learned is empty.
  const learned = new Set(events.flatMap((event) => (event.kind === 'learn' ? [event.chunk] : [])))
  return {
    ...arranged,
    tasks: tasks.slice(0, first),
    chunks: chunks.map((rows, chunk) => (learned.has(chunk) ? rows : rows.slice(0, 0))),
    events,
    shape: {
      name: `${shape.name}-first${first}`,
      title: `${shape.title}, the first ${first === 1 ? 'task' : `${first} tasks`} of ${tasks.length}`,
    },
  }
}
