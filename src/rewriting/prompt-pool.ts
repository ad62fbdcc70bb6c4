import { StreambedError } from '../error.ts'
import type { Model, NodeSpec } from '../onnx/index.ts'
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
  const { width, sequenceAxis: axis, blocks, norm } = vit
  const finder = await finderLike(model, vit)
  const [first, tokens] = [blocks[0].input, top * length]
  const stream = finder.dims(first)
  const old = stream[axis]
  if (norm === undefined || finder.dims(norm.output).length !== 3 || finder.dims(norm.output)[axis] !== old) {
    throw new StreambedError('prompt-pool-layout', {
      what: `${norm === undefined ? 'No normalisation' : `A normalisation of [${finder.dims(norm.output).join(', ')}]`} follows the last block; one of all ${old} tokens was expected.`,
      where: model.label,
      mend: 'L2P reads the prompts behind that normalisation. DualPrompt and CODA-Prompt read the class token, and work with any.',
    })
  }
  const work = surgery(model)
  const carrier: Carrier = { before: axis === 0 ? 1 : stream[0], old, fresh: old + tokens }
  retokened(work, finder, new Map([[first, [carrier]]]), new Set([norm.output]), (node) => {
    throw refuse(finder, node, `adds or multiplies a table for ${old} tokens`)
  })
  const dims = [pool, length, width]
  const prompts = work.weight('pool.prompts', dims, uniform(dims, options.uniform, random))
  const { chosen, pull } = keyPool(work, options)
  const { make, reshaped, done } = written(work, 'prompts')
  const taken = make('MatMul', [chosen, reshaped(prompts, pool, length * width)])
  const many = reshaped(taken, -1, tokens, width)
  const behind = axis === 1 ? many : make('Transpose', [many], { perm: [1, 0, 2] })
  done()
  work.wrap(first, (inner) => [
    { op: 'Concat', inputs: [inner, behind], outputs: [first], attributes: { axis } },
  ])
  const output = work.fresh('prompted')
  work.append(...meanFrom(old, old + tokens))
  work.declareOutput(output, { type: 'float32', shape: ['batch', width] })
  return { ...work.done(), output, pull }

  /** [batch, width], the mean of tokens from … to behind the last normalisation: as a product, alike in every opset. */
  function meanFrom(from: number, to: number): NodeSpec[] {
    const [left, inRows, mean] = ['left', 'rows', 'mean'].map((name) => work.fresh(`prompts.${name}`))
    const numbers = (...data: number[]) =>
      work.table('prompts.numbers', { type: 'int64', dims: [data.length], data })
    const share = work.table('prompts.share', {
      type: 'float32',
      dims: [1, to - from],
      data: new Float32Array(to - from).fill(1 / (to - from)),
    })
    const turn: NodeSpec[] =
      axis === 1
        ? []
        : [{ op: 'Transpose', inputs: [left], outputs: [inRows], attributes: { perm: [1, 0, 2] } }]
    return [
      {
        op: 'Slice',
        inputs: [norm!.output, numbers(from), numbers(to), numbers(axis)],
        outputs: [left],
      },
      ...turn,
      { op: 'MatMul', inputs: [share, axis === 1 ? left : inRows], outputs: [mean] },
      { op: 'Reshape', inputs: [mean, numbers(-1, width)], outputs: [output] },
    ]
  }
}
