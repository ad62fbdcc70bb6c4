import { columnOf, type Planes, planesOf } from './planes.ts'
import { codesOf, codeText } from './probability.ts'
import type { Answers, Evaluation } from './record.ts'

/** An evaluation as it stands on disk, without what can be told from the rest. README.md shows how to read it. */
export interface StoredEvaluation {
  kind: 'evaluate'
  after: number
  tick: number
  sets: readonly { task: number; examples: number }[]
  /** By task, and only in the first evaluation that shows the task's set. */
  truth: Readonly<Record<string, readonly number[]>>
  labels?: Readonly<Record<string, readonly (readonly number[])[]>>
  answers: Readonly<Record<string, StoredAnswers>>
}

export interface StoredAnswers {
  /** One digit an example: 1 where the prediction is right. */
  right: string
  /** The predicted class, for each example that is not right. */
  wrong: Planes
  /** The class predicted within the task, for each example whose prediction lies outside its task. */
  within: Planes
  /** The code of p(predicted class), one character an example. */
  confidence: string | null
  /** The code of p(true class), for each example that is not right; where it is, p(true class) is confidence. */
  pTrue: string | null
  scores?: readonly (readonly number[])[]
}

/** Test sets shown so far, by task. */
export type Shown = Map<number, { truth: readonly number[]; labels?: readonly (readonly number[])[] }>

/**
 * Packs an evaluation for disk and adds its new sets to `shown`.
 *
 * @throws Error when columns and sets differ in length or a set's labels have changed: a bug of the caller.
 */
export function pack(
  evaluation: Evaluation,
  tasks: readonly { classes: readonly number[] }[],
  shown: Shown,
): StoredEvaluation {
  const { kind, after, tick, sets } = evaluation
  const examples = sets.reduce((sum, set) => sum + set.examples, 0)
  checkLength('truth', evaluation.truth, examples)
  const truth: Record<string, readonly number[]> = {}
  const labels: Record<string, readonly (readonly number[])[]> = {}
  let at = 0
  for (const { task, examples: size } of sets) {
    const now = {
      truth: evaluation.truth.slice(at, at + size),
      labels: evaluation.labels?.slice(at, at + size),
    }
    const before = shown.get(task)
    if (before && JSON.stringify(before.truth) !== JSON.stringify(now.truth)) {
      throw new Error(`the test labels of task ${task} are not those of an earlier evaluation`)
    }
    if (!before) {
      shown.set(task, now)
      truth[task] = now.truth
      if (now.labels) labels[task] = now.labels
    }
    at += size
  }
  const own = ownClasses(sets, tasks)
  return {
    kind,
    after,
    tick,
    sets,
    truth,
    ...(Object.keys(labels).length > 0 && { labels }),
    answers: Object.fromEntries(
      Object.entries(evaluation.answers).map(([name, answers]) => {
        for (const column of ['predicted', 'within', 'pTrue', 'confidence', 'scores'] as const) {
          if (answers[column]) checkLength(`${name}.${column}`, answers[column], examples)
        }
        return [name, packAnswers(answers, evaluation.truth, own)]
      }),
    ),
  }
}

function packAnswers(
  { predicted, within, pTrue, confidence, scores }: Answers,
  truth: readonly number[],
  own: readonly ReadonlySet<number>[],
): StoredAnswers {
  if ((pTrue === null) !== (confidence === null))
    throw new Error('pTrue and confidence exist together or not at all')
  const isWrong = (_: unknown, i: number) => predicted[i] !== truth[i]
  return {
    right: predicted.map((label, i) => (label === truth[i] ? '1' : '0')).join(''),
    wrong: planesOf(predicted.filter(isWrong)),
    within: planesOf(within.filter((_, i) => !own[i].has(predicted[i]))),
    confidence: confidence && codeText(confidence),
    pTrue: pTrue && codeText(pTrue.filter(isWrong)),
    ...(scores && { scores }),
  }
}

/** The evaluation in full, its sets added to `shown`. */
export function unpack(
  stored: StoredEvaluation,
  tasks: readonly { classes: readonly number[] }[],
  shown: Shown,
): Evaluation {
  const { kind, after, tick, sets } = stored
  for (const { task } of sets) {
    if (stored.truth[task]) shown.set(task, { truth: stored.truth[task], labels: stored.labels?.[task] })
    if (!shown.has(task)) throw new Error(`no line says what the labels of task ${task} are`)
  }
  const truth = sets.flatMap(({ task }) => shown.get(task)!.truth)
  const labelled = sets.some(({ task }) => shown.get(task)!.labels)
  const own = ownClasses(sets, tasks)
  checkLength('truth', truth, own.length)
  return {
    kind,
    after,
    tick,
    sets,
    truth,
    ...(labelled && {
      labels: sets.flatMap(({ task }) => {
        const { truth, labels } = shown.get(task)!
        return labels ?? truth.map((label) => [label])
      }),
    }),
    answers: Object.fromEntries(
      Object.entries(stored.answers).map(([name, answers]) => [name, unpackAnswers(answers, truth, own)]),
    ),
  }
}

function unpackAnswers(
  stored: StoredAnswers,
  truth: readonly number[],
  own: readonly ReadonlySet<number>[],
): Answers {
  checkLength('right', stored.right, truth.length)
  const wrong = columnOf(stored.wrong).values()
  const elsewhere = columnOf(stored.within).values()
  const predicted = truth.map((label, i) => (stored.right[i] === '1' ? label : taken(wrong)))
  const within = predicted.map((label, i) => (own[i].has(label) ? label : taken(elsewhere)))
  const confidence = stored.confidence === null ? null : codesOf(stored.confidence)
  if (confidence) checkLength('confidence', confidence, truth.length)
  const ofWrong = codesOf(stored.pTrue ?? '').values()
  const pTrue = confidence?.map((code, i) => (stored.right[i] === '1' ? code : taken(ofWrong))) ?? null
  for (const column of [wrong, elsewhere, ofWrong]) {
    if (!column.next().done) throw new Error('a column of answers is longer than its examples')
  }
  return { predicted, within, pTrue, confidence, ...(stored.scores && { scores: stored.scores }) }
}

/** For each example, the classes of its own task. */
function ownClasses(
  sets: Evaluation['sets'],
  tasks: readonly { classes: readonly number[] }[],
): ReadonlySet<number>[] {
  return sets.flatMap(({ task, examples }) => {
    if (!tasks[task]) throw new Error(`the stream has ${tasks.length} tasks, so none has the index ${task}`)
    const classes = new Set(tasks[task].classes)
    return Array.from({ length: examples }, () => classes)
  })
}

function taken(column: Iterator<number>): number {
  const { value, done } = column.next()
  if (done) throw new Error('a column of answers is shorter than its examples')
  return value
}

function checkLength(name: string, column: { length: number }, examples: number): void {
  if (column.length !== examples)
    throw new Error(`${name} has ${column.length} entries for ${examples} examples`)
}
