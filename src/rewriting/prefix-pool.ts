import type { Model } from '../onnx/index.ts'
import type { Vit } from './anatomy.ts'
import { uniform } from './init.ts'
import { type KeyPoolOptions, keyPool } from './key-pool.ts'
import { putPrefixes } from './prefixes.ts'
import { type Rewritten, surgery } from './surgery.ts'
import { written } from './written.ts'

export interface PrefixPoolOptions extends Omit<KeyPoolOptions, 'top'> {
  /** How many keys and values an expert puts in front. */
  length: number
  /** By number, from 0. */
  blocks: readonly number[]
}

/**
 * A pool of experts: for each example one of them puts keys and values of its own before those of the tokens.
 *
 * New weights: expert.i.keys and expert.i.values [pool, length, width] in block i, and pool.keys [pool, queries].
 * Inputs: pool.chosen [batch, 1, pool] and pool.query. Output: the pull (see `keyPool`).
 * @throws no-such-block, tokens-cannot-change, prefix-layout
 * @source Wang et al., "DualPrompt", ECCV 2022. arXiv:2204.04799
 */
export async function withPrefixPool(model: Model, vit: Vit, options: PrefixPoolOptions): Promise<Rewritten> {
  const { pool, length, blocks, random } = options
  const work = surgery(model)
  const { chosen, pull } = keyPool(work, { ...options, top: 1 })
  await putPrefixes(work, model, vit, {
    length,
    blocks,
    tensorsOf(index, width) {
      const { make, reshaped, done } = written(work, `expert.${index}`)
      const taken = (part: string) => {
        const dims = [pool, length, width]
        const all = work.weight(`expert.${index}.${part}`, dims, uniform(dims, options.uniform, random))
        return make('MatMul', [chosen, reshaped(all, pool, length * width)])
      }
      const [keys, values] = ['keys', 'values'].map(taken)
      done()
      return { keys, values, perExample: true }
    },
  })
  return { ...work.done(), pull }
}
