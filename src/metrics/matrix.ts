/**
 * The accuracy matrix R: accuracy on task j, a share 0 … 1, at each evaluated stage i of the stream.
 *
 * Rows    one a task after which the run was evaluated; in a continual run row i is *after learning task i*.
 *         A run that learns everything at once has one row, whose `after` is the last task.
 * Columns all tasks of the stream, 0-based. A cell that was not evaluated is `undefined` and never 0.
 */
export interface AccuracyMatrix {
  /** Rows. */
  readonly size: number
  /** Columns. */
  readonly tasks: number
  /** The task learned last at row i. */
  after(i: number): number
  at(i: number, j: number): number | undefined
  /** The best of R[l][j] over rows l with j ≤ l < i; `undefined` if one of them is, or there is none. */
  bestBefore(i: number, j: number): number | undefined
  /** Row i is after task i, for every row: a continual run, evaluated after each task. */
  readonly isContinual: boolean
}

/**
 * @param rows R[i][j]; rows may be shorter than the stream is long
 * @param after the task learned last at each row; default 0, 1, 2 …
 * @param tasks columns; default the longest row's
 */
export function accuracyMatrix(
  rows: readonly (readonly (number | undefined | null)[])[],
  after: readonly number[] = rows.map((_, i) => i),
  tasks = Math.max(0, ...rows.map((row) => row.length)),
): AccuracyMatrix {
  const at = (i: number, j: number) => rows[i]?.[j] ?? undefined
  return {
    size: rows.length,
    tasks,
    after: (i) => after[i],
    at,
    bestBefore: (i, j) => best(range(j, i).map((l) => at(l, j))),
    isContinual: after.every((task, i) => task === i),
  }
}

/** from, from + 1 … until − 1. */
export function range(from: number, until: number): number[] {
  return Array.from({ length: Math.max(0, until - from) }, (_, i) => from + i)
}

/** `undefined` for no values or if one of them is: a mean over whatever happens to exist would be another number. */
export function mean(values: readonly (number | undefined)[]): number | undefined {
  if (values.length === 0) return undefined
  let sum = 0
  for (const value of values) {
    if (value === undefined) return undefined
    sum += value
  }
  return sum / values.length
}

/** The largest, under the same rule. */
export function best(values: readonly (number | undefined)[]): number | undefined {
  if (values.length === 0 || values.includes(undefined)) return undefined
  return Math.max(...(values as number[]))
}

/** a − b, under the same rule. */
export function minus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b
}
