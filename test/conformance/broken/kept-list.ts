import type { ExemplarBuffer, PartState } from 'streambed'

/** A list of exemplars, for methods that keep more of them than they say, or others. */
export function keptList(
  { capacity, rowSize, isUniform = false }: { capacity: number; rowSize: number; isUniform?: boolean },
  admit: (
    kept: { row: Float32Array; label: number }[],
    exemplar: { row: Float32Array; label: number },
  ) => void,
): ExemplarBuffer<Float32Array> {
  const kept: { row: Float32Array; label: number }[] = []
  const save = () => ({
    rows: Float32Array.from(kept.flatMap(({ row }) => [...row])),
    labels: Int32Array.from(kept, ({ label }) => label),
  })
  /** Which of them is of no interest here. */
  const drawn = (n: number) => ({
    rows: Float32Array.from(kept.slice(0, n).flatMap(({ row }) => [...row])),
    labels: Int32Array.from(kept.slice(0, n), ({ label }) => label),
    extras: kept.slice(0, n).map(() => new Float32Array(0)),
  })
  return {
    capacity,
    isUniform,
    get length() {
      return kept.length
    },
    offer(rows, labels) {
      labels.forEach((label, i) => admit(kept, { row: rows.slice(i * rowSize, (i + 1) * rowSize), label }))
    },
    draw: (n) => drawn(Math.min(n, kept.length)),
    at: ({ length }) => drawn(length),
    save,
    load(state: PartState) {
      const { rows, labels } = state as ReturnType<typeof save>
      kept.length = 0
      labels.forEach((label, i) => kept.push({ row: rows.slice(i * rowSize, (i + 1) * rowSize), label }))
    },
    bytes: () => 4 * kept.length * (rowSize + 1),
  }
}
