/**
 * A column of whole numbers as strings of decimal digits: first all leading digits, … last all units. Digits of one
 * weight share their statistics, and in a stream of ten classes a task the tens even name the task, so this is what
 * compresses best of all that a person can still read.
 *
 * A negative number has its sign in the first plane. [17, 2, 99] is ['109', '729']; [3, −1] is ['0-', '31'].
 */
export type Planes = readonly string[]

export function planesOf(column: readonly number[]): Planes {
  const places = column.reduce((most, value) => Math.max(most, String(value).length), 0)
  const digits = column.map((value) =>
    value < 0 ? `-${String(-value).padStart(places - 1, '0')}` : String(value).padStart(places, '0'),
  )
  return Array.from({ length: places }, (_, place) => digits.map((text) => text[place]).join(''))
}

/** @throws Error for planes of different lengths. */
export function columnOf(planes: Planes): number[] {
  if (planes.some((plane) => plane.length !== planes[0].length)) throw new Error('planes differ in length')
  return Array.from(planes[0] ?? '', (_, i) => Number(planes.map((plane) => plane[i]).join('')))
}
