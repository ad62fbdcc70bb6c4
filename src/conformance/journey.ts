import type { Method, OptionValue, PartState } from '../method/index.ts'
import { type Checkpoint, checkpointOf, checkpointPieces, type Tracks, walk } from '../protocol/index.ts'
import type { FactEvent } from '../record/index.ts'
import { groundOf, type Level } from './ground.ts'
import { microStream } from './micro-stream.ts'
import { savedParts } from './saved-parts.ts'
import { type Answer, finish, type Watch, watched, watchOf } from './watched.ts'

export interface Route {
  level: Level
  options: Readonly<Record<string, OptionValue>>
  /** 1 unless said. */
  seed?: number
  /** Pauses, counted from 0, at which it is stopped, and goes on in a new learner from what was saved. */
  stops?: (pause: number) => boolean
  watch?: Watch
}

/** One walk down the micro-stream and what it left. */
export interface Journey {
  /** The record but for its head. */
  facts: readonly FactEvent[]
  answers: readonly Answer[]
  parts: Readonly<Record<string, PartState>>
  /** Operations that were counted, of learning and of predicting. */
  operations: { learning: number; predicting: number }
  /** Places between two steps at which it could be stopped. */
  pauses: number
}

/** The protocol's own walk, with a record and checkpoints in memory. */
export async function journey(method: Method, route: Route): Promise<Journey> {
  const { level, options, seed = 1, stops = () => false, watch = watchOf() } = route
  const tracks = memory()
  const micro = microStream(method.needs)
  for (let pauses = 0; ; ) {
    const stopping = new AbortController()
    const plan = {
      ...micro,
      method: watched(method, watch),
      options: { ...method.options, ...options },
      backbone: await groundOf(method, level, seed),
      backboneOperations: 0,
      seed,
    }
    const trail: Tracks = {
      ...tracks.trail,
      beat: () => {
        if (stops(pauses++)) stopping.abort()
      },
    }
    const companion = { stride: () => {}, taskDone: () => {}, signal: stopping.signal }
    try {
      await walk(plan, trail, companion)
    } catch (error) {
      watch.learner?.close?.()
      if ((error as { code?: string }).code !== 'interrupted') throw error
      continue
    }
    finish(watch)
    const last = tracks.facts.findLast((fact) => fact.kind === 'finished')!
    const { flopsTrain, flopsEmbed, flopsEvaluate } = last.compute
    const parts = savedParts(watch.learner!)
    watch.learner!.close?.()
    return {
      facts: tracks.facts,
      answers: watch.answers,
      parts,
      operations: { learning: (flopsTrain ?? 0) + flopsEmbed, predicting: flopsEvaluate ?? 0 },
      pauses,
    }
  }
}

/** A trail that is written nowhere; checkpoints go through the bytes of their file. */
function memory() {
  const facts: FactEvent[] = []
  let file: Buffer | undefined
  const trail: Omit<Tracks, 'beat'> = {
    place: 'the micro-stream',
    resume() {
      const checkpoint: Checkpoint | undefined = file && checkpointOf(file, 'micro')
      facts.length = checkpoint?.factLines ?? 0
      return checkpoint
    },
    fact: (fact) => void facts.push(structuredClone(fact)),
    isDue: () => false,
    save(state) {
      const answers = state.answers as Checkpoint['answers']
      file = Buffer.concat(checkpointPieces({ ...state, answers, run: 'micro', factLines: facts.length }))
    },
    finish: (fact) => void facts.push(fact),
  }
  return { facts, trail }
}
