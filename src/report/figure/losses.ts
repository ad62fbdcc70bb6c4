import type { FactEvent, RunRecord } from '../../record/index.ts'
import { summarise } from '../statistics.ts'
import type { Figure, Line, Point } from './figure.ts'

/** What the figure needs of each row. */
export type Courses = readonly { label: string; role: Line['role']; records: readonly RunRecord[] }[]

/**
 * The training loss over the stream: means over stretches of each task, a line a row that tells losses. Losses of
 * several stages (learning, then aligning a classifier) stand one after another within the task.
 *
 * Means over runs; a stretch that a run lacks has no point. A ceiling that learns everything at once has its whole
 * course over its one task, the last.
 */
export function lossFigureOf(courses: Courses, accuracy: Figure): Figure {
  const lines = courses.map(({ label, role, records }): Line => {
    const runs = records.map(courseOf)
    const places = [...new Set(runs.flatMap((run) => [...run.keys()]))].sort((a, b) => a - b)
    const points = places.flatMap((task): Point[] => {
      const values = runs.map((run) => run.get(task)).filter((value) => value !== undefined)
      const summary = values.length === runs.length ? summarise(values) : undefined
      return summary === undefined ? [] : [{ task, mean: summary.mean, sd: summary.sd }]
    })
    return { label, role, points }
  })
  return { ...accuracy, shows: 'loss', lines: lines.filter((line) => line.points.length > 1) }
}

/** Loss by place: task k, from 0, lies between k and k + 1. */
function courseOf({ events }: RunRecord): Map<number, number> {
  const course = new Map<number, number>()
  for (const event of events) {
    if (event.kind !== 'learn') continue
    const means = lossesOf(event)
    means.forEach((mean, i) => {
      if (mean !== null) course.set(event.task + (i + 0.5) / means.length, mean)
    })
  }
  return course
}

function lossesOf({ losses = {} }: FactEvent & { kind: 'learn' }): readonly (number | null)[] {
  return Object.values(losses).flat()
}
