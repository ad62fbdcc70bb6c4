import type { ScoreKind } from '../method/index.ts'

/** Columns of one classifier's answers, [n], filled example by example. p is −1 where the classifier has none. */
export interface AnswerColumns {
  readonly predicted: Int32Array
  readonly within: Int32Array
  readonly pTrue: Float64Array
  readonly confidence: Float64Array
}

export function answerColumns(examples: number): AnswerColumns {
  return {
    predicted: new Int32Array(examples).fill(-1),
    within: new Int32Array(examples).fill(-1),
    pTrue: new Float64Array(examples).fill(-1),
    confidence: new Float64Array(examples).fill(-1),
  }
}

/**
 * Judges one example from its scores.
 *
 * @param scores row of K scores, column k being class `seen[k]`
 * @param truth true class; −1 columns mean that its class has not been seen
 * @param own columns of the classes of the example's own task; empty if none has been seen
 * Equal scores go to the class seen first. `within` is −1 while no class of the task has been seen.
 */
export function judge(
  scores: Float32Array,
  kind: ScoreKind,
  seen: readonly number[],
  truth: number,
  own: readonly number[],
  into: AnswerColumns,
  place: number,
): void {
  if (scores.length === 0) return // before the first class nothing can be answered
  let best = 0
  for (let k = 1; k < scores.length; k++) if (scores[k] > scores[best]) best = k
  let bestOwn = -1
  for (const k of own) if (bestOwn < 0 || scores[k] > scores[bestOwn]) bestOwn = k
  into.predicted[place] = seen[best]
  into.within[place] = bestOwn < 0 ? -1 : seen[bestOwn]
  if (kind === 'scores') return
  const column = seen.indexOf(truth)
  if (kind === 'probabilities') {
    into.confidence[place] = scores[best]
    into.pTrue[place] = column < 0 ? 0 : scores[column]
    return
  }
  let sum = 0
  for (let k = 0; k < scores.length; k++) sum += Math.exp(scores[k] - scores[best])
  into.confidence[place] = 1 / sum
  into.pTrue[place] = column < 0 ? 0 : Math.exp(scores[column] - scores[best]) / sum
}
