import type { Chance } from '../tensor/index.ts'
import { uniform } from './init.ts'
import type { Surgery } from './surgery.ts'
import { written } from './written.ts'

export interface KeyPoolOptions {
  /** Keys, and of what stands behind each of them. */
  pool: number
  /** Numbers of a query, and of a key. */
  queries: number
  /** How many are chosen for an example. */
  top: number
  /** Limits of the law by which all that is new is drawn. */
  uniform: readonly [number, number]
  random: Chance
}

/** What there is to know of a pool: the choice that is fed, and how near the chosen keys are. */
export interface KeyPool {
  /** [batch, top, pool], each row 1 at one place and 0 elsewhere. */
  readonly chosen: string
  /** [batch, 1] Σ over the chosen keys of their cosine to the query; an output. */
  readonly pull: string
}

/**
 * Learnable keys pool.keys [pool, queries], of which some are chosen for each example by whoever feeds the inputs
 * pool.chosen [batch, top, pool] and pool.query [batch, queries].
 */
export function keyPool(work: Surgery, options: KeyPoolOptions): KeyPool {
  const { pool, queries, top, random } = options
  const dims = [pool, queries]
  const keys = work.weight('pool.keys', dims, uniform(dims, options.uniform, random))
  const [chosen, query, pull] = ['chosen', 'query', 'pull'].map((name) => work.fresh(`pool.${name}`))
  work.declareInput(chosen, { type: 'float32', shape: ['batch', top, pool] })
  work.declareInput(query, { type: 'float32', shape: ['batch', queries] })
  const { make, unit, turned, reshaped, ones, done } = written(work, 'pool')
  const cosines = make('MatMul', [unit(query, queries), turned(unit(keys, queries))])
  const ofChosen = reshaped(make('MatMul', [chosen, reshaped(cosines, -1, pool, 1)]), -1, top)
  make('MatMul', [ofChosen, ones(top, 1)], undefined, pull)
  done()
  work.declareOutput(pull, { type: 'float32', shape: ['batch', 1] })
  return { chosen, pull }
}
