import type { Model, NodeSpec } from '../onnx/index.ts'
import type { Chance } from '../tensor/index.ts'
import type { Vit } from './anatomy.ts'
import { finderLike } from './finder.ts'
import { filled, normal } from './init.ts'
import { type Carrier, refuse, retokened } from './retokened.ts'
import { type Rewritten, type Surgery, surgery } from './surgery.ts'

export interface PromptOptions {
  /** How many tokens are added; 1 or more. */
  tokens: number
  /** `shallow`: once, before the first block. `deep`: other ones for every block, removed again after it. */
  depth: 'shallow' | 'deep'
  /** Standard deviation at the start; 0 unless said. */
  deviation?: number
  random: Chance
}

/**
 * Visual prompts: learnable tokens at the end of the sequence, behind the position embedding, of which they get none.
 * They are gone again behind the last block, so whatever reads the class token or averages the patches stays as it was.
 *
 * New weights: tokens · width, times the number of blocks when deep; 3,840 and 46,080 in a ViT-B with five.
 * @throws tokens-cannot-change, naming the node that is made for the old number of tokens.
 * @source Jia et al., "Visual Prompt Tuning", ECCV 2022. arXiv:2203.12119; Zhou et al., IJCV 2024: zero at the start.
 */
export async function withPrompts(model: Model, vit: Vit, options: PromptOptions): Promise<Rewritten> {
  const { tokens, depth, deviation = 0, random } = options
  const finder = await finderLike(model, vit)
  const { width, blocks, sequenceAxis: axis } = vit
  const work = surgery(model)
  const first = blocks[0].input
  const last = blocks.at(-1)!.output
  const stream = finder.dims(first)
  const old = stream[axis]
  const carrier: Carrier = { before: axis === 0 ? 1 : stream[0], old, fresh: old + tokens }
  retokened(work, finder, new Map([[first, [carrier]]]), new Set([last]), (node) => {
    throw refuse(finder, node, `adds or multiplies a table for ${old} tokens`)
  })
  const prompt = (index: number) => {
    const dims = axis === 0 ? [tokens, 1, width] : [1, tokens, width]
    const data = deviation === 0 ? filled(dims, 0) : normal(dims, 0, deviation, random)
    return work.weight(`prompt.${index}`, dims, data)
  }
  const add = (index: number) =>
    work.wrap(blocks[index].input, (inner) => joined(work, inner, prompt(index), blocks[index].input, axis))
  const remove = (tensor: string) =>
    work.wrap(tensor, (inner) => {
      const numbers = (data: number[]) => work.table('prompt.cut', { type: 'int64', dims: [1], data })
      return [
        { op: 'Slice', inputs: [inner, numbers([0]), numbers([old]), numbers([axis])], outputs: [tensor] },
      ]
    })
  add(0)
  for (let index = 1; depth === 'deep' && index < blocks.length; index++) {
    remove(blocks[index - 1].output)
    add(index)
  }
  remove(last)
  return work.done()
}

/** The stream with a token sequence behind it, the same for every example. */
function joined(work: Surgery, stream: string, prompt: string, output: string, axis: 0 | 1): NodeSpec[] {
  const { nodes, output: many } = repeated(work, stream, prompt, axis === 0 ? [0, 1, 0] : [1, 0, 0])
  return [...nodes, { op: 'Concat', inputs: [stream, many], outputs: [output], attributes: { axis } }]
}

/** A tensor repeated for each example of another, along the axis marked with 1, where it has one entry. */
export function repeated(work: Surgery, example: string, tensor: string, axes: readonly (0 | 1)[]) {
  const numbers = (data: number[]) =>
    work.table('prompt.numbers', { type: 'int64', dims: [data.length], data })
  const [shape, batch, wanted, output] = ['shape', 'batch', 'wanted', 'repeated'].map((name) =>
    work.fresh(`prompt.${name}`),
  )
  const at = axes.indexOf(1)
  const one = numbers([1])
  const nodes: NodeSpec[] = [
    { op: 'Shape', inputs: [example], outputs: [shape] },
    { op: 'Slice', inputs: [shape, numbers([at]), numbers([at + 1])], outputs: [batch] },
    {
      op: 'Concat',
      inputs: axes.map((axis) => (axis === 1 ? batch : one)),
      outputs: [wanted],
      attributes: { axis: 0 },
    },
    { op: 'Expand', inputs: [tensor, wanted], outputs: [output] },
  ]
  return { nodes, output }
}
