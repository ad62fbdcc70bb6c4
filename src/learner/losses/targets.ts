/** Floats [n, width], row-major. */
type Rows = Float32Array<ArrayBuffer>

/**
 * [n, width] one-hot rows for columns 0 … width − 1; with `smoothing` s, 1 − s at the column and s / width everywhere.
 * A column of −1 gives a row of zeros: no example.
 */
export function oneHot(columns: ArrayLike<number>, width: number, smoothing = 0): Rows {
  const rows = new Float32Array(columns.length * width)
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]
    if (column === -1) continue
    if (!(Number.isInteger(column) && column >= 0 && column < width)) {
      throw new RangeError(`row ${i} has column ${column}, and there are ${width} scores`)
    }
    rows.fill(smoothing / width, i * width, (i + 1) * width)
    rows[i * width + column] += 1 - smoothing
  }
  return rows
}

/**
 * [n, width] softmax(scores / T) of a teacher that knew the first `known` classes; 0 for those it did not know.
 * @param scores [n, known]
 */
export function softened(
  scores: Float32Array,
  { known, width, temperature }: { known: number; width: number; temperature: number },
): Rows {
  const n = scores.length / known
  const rows = new Float32Array(n * width)
  for (let i = 0; i < n; i++) {
    const row = scores.subarray(i * known, (i + 1) * known)
    const highest = row.reduce((a, z) => Math.max(a, z), -Infinity)
    const powers = Array.from(row, (z) => Math.exp((z - highest) / temperature))
    const sum = powers.reduce((a, p) => a + p, 0)
    for (let k = 0; k < known; k++) rows[i * width + k] = powers[k] / sum
  }
  return rows
}

/** [n, width] 0 for the columns that take part in every row, −1e9 for the others; for a `masked` cross-entropy. */
export function maskOf(columns: Iterable<number>, rows: number, width: number): Rows {
  const row = new Float32Array(width).fill(-1e9)
  for (const column of columns) row[column] = 0
  const mask = new Float32Array(rows * width)
  for (let i = 0; i < rows; i++) mask.set(row, i * width)
  return mask
}

/** [n, width] weights that make a sum over the scores of each row their mean. */
export function evenly(rows: number, width: number): Rows {
  return new Float32Array(rows * width).fill(1 / width)
}

/** [n, width] −log of targets clamped to 1e-4 … 1, for the reverse cross-entropy; 0 in rows that are no example. */
export function surpriseOf(targets: Float32Array, width: number): Rows {
  const surprise = new Float32Array(targets.length)
  for (let at = 0; at < targets.length; at += width) {
    const row = targets.subarray(at, at + width)
    if (row.every((target) => target === 0)) continue
    row.forEach((target, k) => (surprise[at + k] = -Math.log(Math.min(1, Math.max(1e-4, target)))))
  }
  return surprise
}
