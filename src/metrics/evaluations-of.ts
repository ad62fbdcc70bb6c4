import { either, StreambedError } from '../error.ts'
import type { Answers, Evaluation, RunRecord } from '../record/index.ts'
import type { EvaluationCell, EvaluationRow, Evaluations } from './evaluations.ts'
import { accuracyMatrix } from './matrix.ts'

/**
 * Counts the ledger of a record.
 *
 * @param classifier which of the method's classifiers; default the one the method declares first
 * @throws unknown-classifier
 */
export function evaluationsOf(record: RunRecord, classifier = rowClassifier(record)): Evaluations {
  const { stream, method } = record.manifest
  if (!Object.hasOwn(method.classifiers, classifier)) {
    throw new StreambedError('unknown-classifier', {
      what: `${method.name} has no classifier called ${classifier}.`,
      where: record.place,
      mend: `Ask for ${either(Object.keys(method.classifiers))}.`,
    })
  }
  const seenAt: { evaluation: Evaluation; seen: ReadonlySet<number> }[] = []
  const seen = new Set<number>()
  for (const event of record.events) {
    if (event.kind === 'classes') for (const label of event.classes) seen.add(label)
    if (event.kind === 'evaluate') seenAt.push({ evaluation: event, seen: new Set(seen) })
  }
  const counted = seenAt.map(({ evaluation, seen }) => ({
    row: countRow(evaluation, evaluation.answers[classifier], stream.tasks, stream.classes.length),
    seen,
  }))
  const untrained = counted.filter(({ row }) => row.after < 0).at(-1)
  const lastOfEach = counted.filter(
    ({ row }, i) => row.after >= 0 && !counted.slice(i + 1).some((later) => later.row.after === row.after),
  )
  const rows = lastOfEach.map(({ row }) => row)
  return {
    R: accuracyMatrix(
      rows.map((row) => row.cells.map((cell) => cell?.accuracy)),
      rows.map((row) => row.after),
      stream.tasks.length,
    ),
    rows,
    all: counted.map(({ row }) => row),
    tasks: stream.tasks,
    classes: stream.classes.length,
    baseline: stream.tasks.map((_, j) => untrained?.row.cells[j]?.accuracy),
    headKnew: (i, j) => stream.tasks[j].classes.every((label) => lastOfEach[i].seen.has(label)),
  }
}

/** The classifier whose numbers stand in a method's row. */
export function rowClassifier(record: RunRecord): string {
  return record.manifest.method.classifier ?? Object.keys(record.manifest.method.classifiers)[0]
}

type Tasks = RunRecord['manifest']['stream']['tasks']

function countRow(evaluation: Evaluation, answers: Answers, tasks: Tasks, classes: number): EvaluationRow {
  const confusion = new Uint32Array(classes * classes)
  const cells: (EvaluationCell | undefined)[] = tasks.map(() => undefined)
  let at = 0
  for (const { task, examples } of evaluation.sets) {
    const isSingleLabel = tasks[task].kind === 'single-label'
    if (isSingleLabel && examples > 0) {
      const own = new Set(tasks[task].classes)
      let correct = 0
      let correctWithin = 0
      let inTask = 0
      for (let i = at; i < at + examples; i++) {
        const truth = evaluation.truth[i]
        const predicted = answers.predicted[i]
        if (predicted === truth) correct++
        if (answers.within[i] === truth) correctWithin++
        if (own.has(predicted)) inTask++
        confusion[truth * classes + predicted]++
      }
      cells[task] = { accuracy: correct / examples, total: examples, correct, correctWithin, inTask }
    }
    at += examples
  }
  return { after: evaluation.after, tick: evaluation.tick, cells, confusion }
}
