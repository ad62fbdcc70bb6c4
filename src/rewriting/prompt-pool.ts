import { StreambedError } from '../error.ts'
import type { Model } from '../onnx/index.ts'
import type { Vit } from './anatomy.ts'
import { finderLike } from './finder.ts'
import { uniform } from './init.ts'
import { type KeyPoolOptions, keyPool } from './key-pool.ts'
import { type Carrier, refuse, retokened } from './retokened.ts'
import { type Rewritten, surgery } from './surgery.ts'
import { written } from './written.ts'

export interface PromptPoolOptions extends KeyPoolOptions {
  /** Tokens of a prompt. */
  length: number
}

/**
 * A pool of prompts: for each example `top` of them stand in the sequence from the first block on, without a position,
 * and the head reads the mean of what leaves them. To a Transformer it is the same whether they stand before the other
 * tokens or, as here, behind.
 *
 * New weights: pool.prompts [pool, length, width] and pool.keys [pool, queries]. Inputs: pool.chosen and pool.query
 * (see `keyPool`). Outputs: what the head reads, and the pull.
 * @throws tokens-cannot-change; prompt-pool-layout for a network that does not normalise all tokens behind its blocks
 * @source Wang et al., "Learning to Prompt for Continual Learning", CVPR 2022. arXiv:2112.08654
 */
export async function withPromptPool(model: Model, vit: Vit, options: PromptPoolOptions): Promise<Rewritten> {
  const { pool, length, top, random } = options
  const { width, blocks, norm } = vit
  const finder = await finderLike(model, vit)
  const [first, added] = [blocks[0].input, top * length]
  const [batch, old] = finder.dims(first)
  const normed = norm === undefined ? [] : finder.dims(norm.output)
  if (norm === undefined || vit.sequenceAxis !== 1 || normed.length !== 3 || normed[1] !== old) {
    throw new StreambedError('prompt-pool-layout', {
      what: `${norm === undefined ? 'No normalisation' : `A normalisation of [${normed.join(', ')}]`} follows the last block; one of all tokens, [batch, ${vit.tokens}, ${width}], was expected.`,
      where: model.label,
      mend: 'L2P reads the prompts behind that normalisation. DualPrompt and CODA-Prompt read what the network gives.',
    })
  }
  const work = surgery(model)
  const carrier: Carrier = { before: batch, old, fresh: old + added }
  retokened(work, finder, new Map([[first, [carrier]]]), new Set([norm.output]), (node) => {
    throw refuse(finder, node, `adds or multiplies a table for ${old} tokens`)
  })
  const dims = [pool, length, width]
  const prompts = work.weight('pool.prompts', dims, uniform(dims, options.uniform, random))
  const { chosen, pull } = keyPool(work, options)
  const { make, reshaped, done } = written(work, 'prompts')
  const taken = make('MatMul', [chosen, reshaped(prompts, pool, length * width)])
  const many = reshaped(taken, -1, added, width)
  done()
  work.wrap(first, (inner) => [
    { op: 'Concat', inputs: [inner, many], outputs: [first], attributes: { axis: 1 } },
  ])
  const [left, mean, output] = ['prompts.left', 'prompts.mean', 'prompted'].map(work.fresh)
  const numbers = (...data: number[]) =>
    work.table('prompts.numbers', { type: 'int64', dims: [data.length], data })
  const share = new Float32Array(added).fill(1 / added)
  const shares = work.table('prompts.share', { type: 'float32', dims: [1, added], data: share })
  work.append(
    {
      op: 'Slice',
      inputs: [norm.output, numbers(old), numbers(old + added), numbers(1)],
      outputs: [left],
    },
    { op: 'MatMul', inputs: [shares, left], outputs: [mean] }, // a mean that is written alike in every opset
    { op: 'Reshape', inputs: [mean, numbers(-1, width)], outputs: [output] },
  )
  work.declareOutput(output, { type: 'float32', shape: ['batch', width] })
  return { ...work.done(), output, pull }
}
