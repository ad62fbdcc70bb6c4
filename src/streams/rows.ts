/** Rows of a split by group, each in canonical order. `groupOf` gives the group of a row's value. */
export function rowsByGroup(
  values: ArrayLike<number>,
  groupOf: (value: number) => number,
  groups: number,
): Uint32Array[] {
  const rows = Array.from({ length: groups }, (): number[] => [])
  for (let row = 0; row < values.length; row++) rows[groupOf(values[row])].push(row)
  return rows.map((group) => Uint32Array.from(group))
}
