import { StreambedError } from '../error.ts'

/** Where a value stands in a suite: keys and list places, from the top. */
export type Path = readonly (string | number)[]

/** One thing that is wrong with a suite, before it is known where it was written. */
export interface Mistake {
  code: string
  what: string
  mend: string
  path: Path
  /** Point at the key and not at its value. */
  atKey?: boolean
  /** A place that the finder knew itself: a flag, or a line that YAML could not read. */
  place?: { where: string; line: number; column: number }
}

/** `streams[0].tasks` */
export function pathText(path: Path): string {
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`))
    .join('')
}

/** A value as it would stand in a message, cut where it is long. */
export function shown(value: unknown): string {
  if (value === null) return 'empty'
  if (typeof value === 'string') return `the text “${cut(value)}”`
  if (Array.isArray(value)) return `the list ${cut(JSON.stringify(value))}`
  if (typeof value === 'object') return `the mapping ${cut(JSON.stringify(value))}`
  return String(value)
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

/**
 * Throws what was found, if anything, in the order of the file: one StreambedError, or an AggregateError of them.
 */
export function throwMistakes(
  file: string,
  mistakes: readonly Mistake[],
  placeOf: (mistake: Mistake) => NonNullable<Mistake['place']>,
): void {
  const placed = mistakes
    .map((mistake) => ({ mistake, place: mistake.place ?? placeOf(mistake) }))
    .sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column)
  const errors = placed.map(
    ({ mistake, place }) =>
      new StreambedError(mistake.code, { what: mistake.what, where: place.where, mend: mistake.mend }),
  )
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} mistakes in ${file}`)
}
