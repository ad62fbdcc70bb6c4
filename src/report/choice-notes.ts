import type { Entry } from './entries.ts'
import { counted, listed } from './format.ts'

/** Where a number that a method chose by itself lies at the end of what it tried: better ones may lie beyond. */
export function choiceNotes(entries: readonly Entry[]): string[] {
  const ends = [...new Set(entries.map(({ group }) => group))].flatMap(({ label, finished }) => {
    const tasks = finished.flatMap(({ events }) =>
      events.flatMap((event) => (event.kind === 'learn' && event.chosen ? [event.chosen] : [])),
    )
    return [...new Set(tasks.flatMap(Object.keys))].flatMap((name) => {
      const atEnd = tasks.filter((chosen) => chosen[name]?.atEnd).length
      return atEnd === 0 ? [] : [`${name} of ${label} (${atEnd} of ${counted(tasks.length, 'task')})`]
    })
  })
  return ends.length === 0 ? [] : [`Chosen at an end of what was tried: ${listed(ends)}.`]
}
