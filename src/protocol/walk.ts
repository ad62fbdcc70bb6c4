import { setImmediate as breathe } from 'node:timers/promises'
import { StreambedError } from '../error.ts'
import type {
  ImageStage,
  Images,
  Learner,
  Method,
  OptionValue,
  OwnStage,
  Stage,
  StepReport,
} from '../method/index.ts'
import {
  type Evaluation,
  type FactEvent,
  ledgerOrder,
  type Manifest,
  probabilityCode,
} from '../record/index.ts'
import type { Stream } from '../streams/index.ts'
import { chance } from '../tensor/index.ts'
import { type Agenda, type AgendaItem, agendaOf } from './agenda.ts'
import type { BackboneSource } from './backbone.ts'
import { Bill } from './bill.ts'
import { usesEmbeddings } from './capabilities.ts'
import { type Cursor, loadParts, saveParts, startCursor, stateBytes } from './checkpoint.ts'
import { imagesOf } from './images.ts'
import { type AnswerColumns, answerColumns, judge } from './judge.ts'
import { addLoss, type LossSums, lossMeans } from './loss-curve.ts'
import { epochOrder, evaluationOrder, holdOut } from './order.ts'
import type { Trail } from './trail.ts'

/** One run to be walked: one method, one stream, one seed. */
export interface Walk {
  manifest: Manifest
  stream: Stream
  /** Stream label of each row of the split. */
  labels: { train: Int32Array; test: Int32Array }
  method: Method
  options: Readonly<Record<string, OptionValue>>
  backbone: BackboneSource
  /** Operations of one backbone pass over one image. */
  backboneOperations: number
  seed: number
}

/** What a walk leaves behind and goes on from: on disk a `Trail`, in a test of a method its memory. */
export type Tracks = Pick<Trail, 'place' | 'resume' | 'fact' | 'beat' | 'isDue' | 'save' | 'finish'>

/** Where the walk is, for whoever watches. */
export interface Stride {
  phase: 'learn' | 'evaluate'
  task: number
  stage?: string
  done: number
  total: number
  loss?: number
}

export interface Companion {
  /** Called often; must be cheap. */
  stride(stride: Stride): void
  /** A task has been learned and evaluated. */
  taskDone(task: number): void
  /** Stops the walk at the next step, with everything saved. */
  signal: AbortSignal
}

/** Images predicted together; they come from all evaluated tasks, shuffled. */
const evaluationBatch = 500
/** The event loop gets a turn at least this often, so that messages and signals come through. */
const breathSeconds = 0.05

/**
 * Walks one method down one stream: the only place where they meet.
 *
 * The loop, the epochs and the cursor are ours; a walk can be saved between any two steps and goes on from there
 * to the same bits. Test labels are used here, after `predict` has answered, and nowhere else.
 *
 * @throws loss-not-finite, scores-not-finite, scores-shape; interrupted (exit 130) after saving, when signalled
 */
export async function walk(plan: Omit<Walk, 'manifest'>, trail: Tracks, companion: Companion): Promise<void> {
  const { stream, method, seed } = plan
  const agenda = agendaOf(stream, method.needs)
  // A method that trains the backbone pays for each pass as it makes it; of a frozen one each image needs a single pass.
  const embedsOnce = method.needs.gradients !== 'backbone' && usesEmbeddings(method.needs)
  const bill = new Bill(embedsOnce ? plan.backboneOperations : 0, method.operations !== 'unknown')
  const learner = await method.start({
    backbone: plan.backbone(bill),
    options: plan.options,
    random: (purpose) => chance(seed, 'method', purpose),
    scenario: stream.scenario,
    count: bill.count,
  })

  const saved = trail.resume()
  const cursor: Cursor = saved?.cursor ?? startCursor
  let tick = saved?.tick ?? 0
  const ticks: Record<string, number> = { ...saved?.ticks }
  let losses: LossSums = structuredClone(saved?.losses ?? {})
  let halfDone = saved?.answers as Record<string, AnswerColumns> | null | undefined
  const seen: number[] = []
  for (const item of agenda.slice(0, cursor.item)) announce(item, learner, seen)
  if (saved) {
    loadParts(learner.parts, saved.parts)
    // What a solve had worked out is no part; it is worked out again, and was paid for before.
    if (agenda[cursor.item]?.kind !== 'learn') await learner.settle?.()
    bill.restore(saved.compute)
  }

  let lastBreath = performance.now()
  const save = (at: Cursor, answers: Record<string, AnswerColumns> | null) => {
    const parts = saveParts(learner.parts)
    trail.save({ cursor: at, tick, ticks, losses, compute: bill.total(), parts, answers })
  }
  /** Between two steps: save if it is time, let others have a turn, stop if asked to. */
  const pause = async (at: Cursor, answers: Record<string, AnswerColumns> | null = null) => {
    trail.beat(tick)
    if (companion.signal.aborted) {
      save(at, answers)
      throw interrupted(plan, at, agenda)
    }
    if (trail.isDue()) save(at, answers)
    if (performance.now() - lastBreath > breathSeconds * 1000) {
      await breathe()
      lastBreath = performance.now()
    }
  }

  for (let index = cursor.item; index < agenda.length; index++) {
    const item = agenda[index]
    const start: Cursor = index === cursor.item ? cursor : { ...startCursor, item: index }
    let fact: FactEvent
    if (item.kind === 'classes') {
      announce(item, learner, seen)
      fact = item
    } else if (item.kind === 'boundary') {
      fact = item
    } else if (item.kind === 'learn') {
      bill.enter('learn')
      await learn(item, start)
      fact = {
        kind: 'learn',
        task: item.task,
        images: item.rows.length,
        tick,
        compute: bill.total(),
        stateBytes: stateBytes(saveParts(learner.parts)),
        ...(learner.chosen && { chosen: learner.chosen() }),
        ...lossMeans(losses),
      }
      losses = {}
    } else {
      bill.enter('evaluate')
      fact = await evaluate(item, start)
      bill.enter('learn')
    }
    trail.fact(fact)
    halfDone = null
    if (trail.isDue()) save({ ...startCursor, item: index + 1 }, null)
    if (item.kind === 'evaluate' && item.after >= 0) companion.taskDone(item.after)
  }
  trail.finish({
    kind: 'finished',
    tick,
    compute: bill.total(),
    stateBytes: stateBytes(saveParts(learner.parts)),
  })

  async function learn(item: AgendaItem & { kind: 'learn' }, start: Cursor): Promise<void> {
    const parts = holdOut(
      item.rows,
      (row) => plan.labels.train[row],
      method.needs.validation ?? 0,
      seed,
      item.task,
    )
    if (start.stage === 0 && start.epoch === 0 && start.phase === 'learn' && start.position === 0) {
      if (embedsOnce) bill.embedded(item.newRows)
    }
    const stages = learner.stages({ index: item.task, classes: item.classes })
    let lastFinite: number | undefined
    for (let s = start.stage; s < stages.length; s++) {
      const stage = stages[s]
      const from = s === start.stage ? start : { ...startCursor, item: start.item, stage: s }
      if ('steps' in stage) await ownSteps(stage, from)
      else await epochs(stage, from)
    }
    await learner.settle?.()

    function placeOf({ name }: Stage) {
      return { task: item.task, overall: ticks[name] ?? 0 }
    }

    async function epochs(stage: ImageStage, from: Cursor): Promise<void> {
      const stepsAnEpoch = Math.ceil(parts.learn.length / stage.over.batch)
      for (let epoch = from.epoch; epoch < stage.over.epochs; epoch++) {
        const resuming = epoch === from.epoch
        if (!(resuming && from.phase === 'check')) {
          const order = epochOrder(
            parts.learn,
            stage.over.order ?? 'shuffled',
            seed,
            item.task,
            from.stage,
            epoch,
          )
          for (let at = resuming ? from.position : 0; at < order.length; ) {
            const rows = order.slice(at, at + stage.over.batch)
            const batch = { images: imagesOf('train', rows), labels: labelsOf(rows) }
            const report = await stage.step(batch, {
              ...placeOf(stage),
              epoch,
              epochs: stage.over.epochs,
              step: epoch * stepsAnEpoch + at / stage.over.batch,
              steps: stage.over.epochs * stepsAnEpoch,
            })
            at += rows.length
            stepped(stage, report ?? undefined, rows.length, {
              done: epoch * order.length + at,
              total: stage.over.epochs * order.length,
            })
            await pause({ ...from, epoch, phase: 'learn', position: at })
          }
        }
        if (stage.check) {
          const first = resuming && from.phase === 'check' ? from.position : 0
          for (let at = first; at < parts.validation.length; ) {
            const rows = parts.validation.slice(at, at + stage.check.batch)
            await stage.check.step({ images: imagesOf('train', rows), labels: labelsOf(rows) })
            at += rows.length
            await pause({ ...from, epoch, phase: 'check', position: at })
          }
          if (stage.check.flat()) break
        }
      }
    }

    async function ownSteps(stage: OwnStage, from: Cursor): Promise<void> {
      const { steps } = stage
      for (let index = from.position; index < steps; index++) {
        const place = { ...placeOf(stage), epoch: 0, epochs: 1, step: index, steps }
        stepped(stage, (await stage.stepAt(place)) ?? undefined, 0, { done: index + 1, total: steps })
        await pause({ ...from, position: index + 1 })
      }
    }

    function stepped(
      stage: Stage,
      report: StepReport | undefined,
      images: number,
      at: { done: number; total: number },
    ): void {
      tick++
      ticks[stage.name] = (ticks[stage.name] ?? 0) + 1
      bill.seen(images, report?.replayed ?? 0)
      const loss = report?.loss
      if (loss !== undefined && !Number.isFinite(loss)) {
        throw lossError(stage, item.task, at.done, loss, lastFinite)
      }
      lastFinite = loss ?? lastFinite
      if (loss !== undefined) addLoss(losses, stage.name, (at.done - Math.max(1, images)) / at.total, loss)
      companion.stride({ phase: 'learn', task: item.task, stage: stage.name, ...at, loss })
    }
  }

  async function evaluate(item: AgendaItem & { kind: 'evaluate' }, start: Cursor): Promise<Evaluation> {
    const split = splitOf(item.sets)
    const labels = plan.labels[split]
    const sets = item.sets.map((task) => ({ task, rows: ledgerOrder(stream.tasks[task].test, labels) }))
    const rows = Uint32Array.from(sets.flatMap((set) => [...set.rows]))
    const taskOf = sets.flatMap((set) => [...set.rows].map(() => set.task))
    const truth = Array.from(rows, (row) => labels[row])
    const columnsOfTask = new Map(
      item.sets.map((task) => {
        const own = new Set(stream.tasks[task].classes)
        return [task, seen.flatMap((label, column) => (own.has(label) ? [column] : []))]
      }),
    )
    const order = evaluationOrder(rows.length, seed, item.after)
    const answers: Record<string, AnswerColumns> =
      start.position > 0 && halfDone
        ? halfDone
        : Object.fromEntries(
            Object.keys(method.classifiers).map((name) => [name, answerColumns(rows.length)]),
          )
    for (let at = start.position; at < order.length; ) {
      const places = order.subarray(at, at + evaluationBatch)
      const images: Images = imagesOf(
        split,
        places.map((place) => rows[place]),
      )
      const scored = await learner.predict(images)
      for (const [name, kind] of Object.entries(method.classifiers)) {
        const scores = checkScores(scored[name], name, places.length, seen.length, method.name)
        places.forEach((place, i) => {
          const row = scores.subarray(i * seen.length, (i + 1) * seen.length)
          judge(row, kind, seen, truth[place], columnsOfTask.get(taskOf[place])!, answers[name], place)
        })
      }
      bill.predicted(places.length)
      at += places.length
      companion.stride({ phase: 'evaluate', task: item.after, done: at, total: order.length })
      await pause({ item: start.item, stage: 0, epoch: 0, phase: 'evaluate', position: at }, answers)
    }
    const codes = (column: Float64Array, kind: string) =>
      kind === 'scores' ? null : Array.from(column, (p) => probabilityCode(p))
    return {
      kind: 'evaluate',
      after: item.after,
      tick,
      sets: sets.map((set) => ({ task: set.task, examples: set.rows.length })),
      truth,
      answers: Object.fromEntries(
        Object.entries(method.classifiers).map(([name, kind]) => [
          name,
          {
            predicted: Array.from(answers[name].predicted),
            within: Array.from(answers[name].within),
            pTrue: codes(answers[name].pTrue, kind),
            confidence: codes(answers[name].confidence, kind),
          },
        ]),
      ),
    }
  }

  /** Evaluated together are images of one split; a prequential stream asks about training images before learning them. */
  function splitOf(sets: readonly number[]): 'train' | 'test' {
    const splits = [...new Set(sets.map((task) => stream.tasks[task].from ?? 'test'))]
    if (splits.length !== 1) throw new Error(`${stream.name} evaluates images of both splits together`)
    return splits[0]
  }

  function labelsOf(rows: Uint32Array): Int32Array {
    return Int32Array.from(rows, (row) => plan.labels.train[row])
  }

  function lossError(
    stage: Stage,
    task: number,
    at: number,
    loss: number,
    lastFinite: number | undefined,
  ): Error {
    const before =
      lastFinite === undefined
        ? 'it never was finite'
        : `the last finite loss was ${lastFinite.toPrecision(3)}`
    const rate = plan.options.learningRate
    return new StreambedError('loss-not-finite', {
      what: `${method.name}: the loss became ${loss} at task ${task + 1}, stage ${stage.name}, after ${at} ${'steps' in stage ? 'steps' : 'images'} (${before}).`,
      where: trail.place,
      mend:
        (rate === undefined ? 'Look at its options.' : `Lower learningRate (now ${rate}).`) +
        (task > 0 ? ` Tasks 1 to ${task} are stored.` : ''),
      exit: 1,
    })
  }
}

function announce(item: AgendaItem, learner: Learner, seen: number[]): void {
  if (item.kind !== 'classes') return
  seen.push(...item.classes)
  learner.newClasses?.(item.classes)
}

function checkScores(
  scores: Float32Array | undefined,
  classifier: string,
  images: number,
  classes: number,
  method: string,
): Float32Array {
  if (!(scores instanceof Float32Array) || scores.length !== images * classes) {
    throw new StreambedError('scores-shape', {
      what: `${method}: predict gave ${scores ? `${scores.length} scores` : 'nothing'} for "${classifier}", not ${images} × ${classes} (images × classes seen).`,
      mend: 'Return one Float32Array for each declared classifier, [images × classes seen], row by row.',
      exit: 1,
    })
  }
  const bad = scores.findIndex((score) => Number.isNaN(score))
  if (bad >= 0) {
    throw new StreambedError('scores-not-finite', {
      what: `${method}: predict gave NaN for "${classifier}" (image ${Math.floor(bad / classes)} of its batch).`,
      mend: 'Find where the method divides by zero; nothing is recorded for this evaluation.',
      exit: 1,
    })
  }
  return scores
}

function interrupted(plan: Omit<Walk, 'manifest'>, cursor: Cursor, agenda: Agenda): StreambedError {
  const item = agenda[cursor.item]
  const task = item.kind === 'evaluate' ? item.after : item.task
  return new StreambedError('interrupted', {
    what: `${plan.method.name} on ${plan.stream.name} was stopped in task ${task + 1} of ${plan.stream.tasks.length}; everything up to there is saved.`,
    mend: 'Give the same `streambed run` command again: it goes on from there.',
    exit: 130,
  })
}
