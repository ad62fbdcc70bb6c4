import { StreambedError } from '../error.ts'
import type { Model, NodeSpec } from '../onnx/index.ts'
import type { Chance } from '../tensor/index.ts'
import type { Projection, Vit } from './anatomy.ts'
import { followed } from './columns.ts'
import { type Finder, isScale } from './find-parts.ts'
import { finderLike } from './finder.ts'
import { kaimingUniform, uniform } from './init.ts'
import { repeated } from './prompts.ts'
import { type Carrier, refuse, retokened } from './retokened.ts'
import { type Rewritten, type Surgery, surgery } from './surgery.ts'

export interface PrefixOptions {
  /** How many keys and values are put in front; 1 or more. */
  length: number
  /** Blocks by number, from 0; all unless said. */
  blocks?: readonly number[]
  /** Limits of a uniform law; ± 1/√width unless said. */
  uniform?: readonly [number, number]
  random: Chance
}

/**
 * Prefix prompts: learnable keys and values before those of the tokens, in every head; the sequence keeps its length.
 *
 * New weights, each [length, width] with the heads one after another: prefix.i.keys and prefix.i.values, 2 · length ·
 * width a block, uniform.
 * @throws tokens-cannot-change, prefix-layout: naming the node where keys or values lie otherwise than head by head.
 * @source Li and Liang, "Prefix-Tuning", ACL 2021; Wang et al., "DualPrompt", ECCV 2022. arXiv:2204.04799
 */
export async function withPrefixes(model: Model, vit: Vit, options: PrefixOptions): Promise<Rewritten> {
  const { length, random } = options
  const work = surgery(model)
  await putPrefixes(work, model, vit, {
    length,
    blocks: options.blocks ?? [...vit.blocks.keys()],
    tensorsOf(index, width) {
      const own = [length, width]
      const bounds = options.uniform
      const weight = (part: string) =>
        work.weight(
          `prefix.${index}.${part}`,
          own,
          bounds ? uniform(own, bounds, random) : kaimingUniform(own, width, random),
        )
      return { keys: weight('keys'), values: weight('values') }
    },
  })
  return work.done()
}

/** Keys and values by tensor: [length, width] for every example, or [batch, length, width], each its own. */
export interface Prefixes {
  length: number
  blocks: readonly number[]
  /** Asked for each of these blocks. */
  tensorsOf(block: number, width: number): { keys: string; values: string; perExample?: boolean }
}

/** Puts them before the keys and values of the tokens. @throws no-such-block, and what `withPrefixes` throws */
export async function putPrefixes(work: Surgery, model: Model, vit: Vit, prefixes: Prefixes): Promise<void> {
  const { length, blocks } = prefixes
  checkBlocks(vit, blocks)
  const finder = await finderLike(model, vit)
  const wraps: (() => void)[] = []
  vit.blocks.forEach((block, index) => {
    if (!blocks.includes(index)) return
    const start = new Map<string, readonly Carrier[]>()
    const { keys, values, perExample = false } = prefixes.tensorsOf(index, block.v.columns.length)
    const parts = [
      { tensor: keys, projection: block.k },
      { tensor: values, projection: block.v },
    ]
    for (const { tensor, projection } of parts) {
      const spot = headwise(finder, projection, block.heads)
      const dims = finder.dims(spot.tensor)
      const old = dims[spot.tokens]
      const before = dims.slice(0, spot.tokens).reduce((product, dim) => product * dim, 1)
      start.set(spot.tensor, [{ before, old, fresh: old + length }])
      wraps.push(() =>
        work.wrap(spot.tensor, (inner) =>
          prefixed(work, { inner, prefix: tensor, perExample, length, dims, ...spot }),
        ),
      )
    }
    retokened(work, finder, start, new Set([block.context]), (node) => {
      throw refuse(finder, node, 'adds or multiplies a table for as many keys as tokens')
    })
  })
  for (const wrap of wraps) wrap()
}

function checkBlocks({ label, blocks }: Vit, wanted: readonly number[]): void {
  const missing = wanted.find((index) => blocks[index] === undefined)
  if (missing === undefined) return
  throw new StreambedError('no-such-block', {
    what: `Prefixes were asked for in block ${missing + 1} of a network with ${blocks.length}.`,
    where: label,
    mend: `Ask for them in blocks 1 … ${blocks.length}.`,
  })
}

interface Spot {
  tensor: string
  /** Axes of a tensor [batch, …] of rank 4. */
  heads: number
  tokens: number
  size: number
}

/** The last tensor on the way, before any scaling, in which batch, heads, tokens and the head's numbers are axes. */
function headwise(finder: Finder, { path }: Projection, heads: number): Spot {
  const scaled = path.findIndex((tensor, i) => i > 0 && isScale(finder, finder.maker(tensor)!))
  const end = scaled < 0 ? path.length - 1 : scaled - 1
  for (let i = end; i > 0; i--) {
    const dims = finder.dims(path[i])
    const labels = dims.length === 4 ? followed(finder, path.slice(0, i + 1)) : undefined
    if (labels === undefined) continue
    const strides = [dims[1] * dims[2] * dims[3], dims[2] * dims[3], dims[3], 1]
    const still = [1, 2, 3].filter((axis) => labels.data[0] === labels.data[strides[axis]] && dims[axis] > 1)
    const own = [1, 2, 3].filter((axis) => !still.includes(axis))
    if (still.length !== 1 || dims[own[0]] !== heads) continue
    return { tensor: path[i], heads: own[0], tokens: still[0], size: own[1] }
  }
  const node = finder.maker(path[end])!
  throw new StreambedError('prefix-layout', {
    what: `${node.op} ${node.name || node.outputs[0]} makes [${finder.dims(path[end]).join(', ')}]; keys and values of ${heads} heads in four axes were expected.`,
    where: finder.model.label,
    mend: 'Prefixes need attention exported head by head; prompts (VPT) and LoRA work with any layout.',
  })
}

function prefixed(
  work: Surgery,
  how: Spot & {
    inner: string
    prefix: string
    perExample: boolean
    length: number
    dims: readonly number[]
  },
): NodeSpec[] {
  const { inner, prefix, perExample, length, dims, tensor, heads, tokens, size } = how
  const [split, turned] = ['heads', 'turned'].map((name) => work.fresh(`${prefix}.${name}`))
  const shape = work.table('prefix.shape', {
    type: 'int64',
    dims: [4],
    data: [perExample ? -1 : 1, length, dims[heads], dims[size]],
  })
  const perm = [0, 0, 0, 0]
  perm[tokens] = 1
  perm[heads] = 2
  perm[size] = 3
  const { nodes, output } = perExample
    ? { nodes: [], output: turned }
    : repeated(work, inner, turned, [1, 0, 0, 0])
  return [
    { op: 'Reshape', inputs: [prefix, shape], outputs: [split] },
    { op: 'Transpose', inputs: [split], outputs: [turned], attributes: { perm } },
    ...nodes,
    { op: 'Concat', inputs: [output, inner], outputs: [tensor], attributes: { axis: tokens } },
  ]
}
