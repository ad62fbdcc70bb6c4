/**
 * A column of whole numbers as strings of hexadecimal digits: first all leading digits, … last all units. Digits of
 * one weight share their statistics, so this is what compresses best of all that a person can still read.
 *
 * A negative number has its sign in the first plane. [17, 2, 255] is ['10f', '12f']; [3, −1] is ['0-', '31'].
 */
export type Planes = readonly string[]

export function planesOf(column: readonly number[]): Planes {
  const places = Math.max(0, ...column.map((value) => value.toString(16).length))
  const digits = column.map((value) =>
    value < 0
      ? `-${(-value).toString(16).padStart(places - 1, '0')}`
      : value.toString(16).padStart(places, '0'),
  )
  return Array.from({ length: places }, (_, place) => digits.map((text) => text[place]).join(''))
}

/** @throws Error for planes of different lengths. */
export function columnOf(planes: Planes): number[] {
  if (planes.some((plane) => plane.length !== planes[0].length)) throw new Error('planes differ in length')
  return Array.from(planes[0] ?? '', (_, i) => Number.parseInt(planes.map((plane) => plane[i]).join(''), 16))
}
