import type { AccuracyMatrix } from './matrix.ts'

/**
 * What metrics read: how many answers were right, by stage of the stream and by task, class and pair of classes.
 * Derived from a record's ledger by `evaluationsOf`, or from a bare matrix by `evaluationsFromMatrix`.
 */
export interface Evaluations {
  readonly R: AccuracyMatrix
  /** Rows of R with their counts, in order. */
  readonly rows: readonly EvaluationRow[]
  /** Every evaluation, those inside a task included. `rows` holds the last one after each task. */
  readonly all: readonly EvaluationRow[]
  readonly tasks: readonly { readonly classes: readonly number[]; readonly name?: string }[]
  /** K: stream labels are 0 … K − 1. 0 where only a matrix is known. */
  readonly classes: number
  /** b[j]: accuracy on task j before anything was learned; `undefined` where it was not evaluated. */
  readonly baseline: readonly (number | undefined)[]
  /** Had all classes of task j a place in the head when row i was evaluated? */
  headKnew(i: number, j: number): boolean
}

/** One evaluation. */
export interface EvaluationRow {
  /** The task learned last. */
  readonly after: number
  /** Training steps taken by then; `undefined` where only a matrix is known. */
  readonly tick: number | undefined
  /** By task; `undefined` where the task was not evaluated or has no single right label. */
  readonly cells: readonly (EvaluationCell | undefined)[]
  /**
   * [K × K] counts, row = true class, column = predicted class. Every class has its row and its column, evaluated
   * or not. `undefined` where only a matrix is known.
   */
  readonly confusion: Uint32Array | undefined
}

/** Answers on the test set of one task. */
export interface EvaluationCell {
  /** Share of right answers, 0 … 1, among all classes seen. */
  readonly accuracy: number
  readonly total: number | undefined
  readonly correct: number | undefined
  /** Right when only the task's own classes are considered (the task is given). */
  readonly correctWithin: number | undefined
  /** Answers, right or wrong, that name a class of the example's own task. */
  readonly inTask: number | undefined
}
