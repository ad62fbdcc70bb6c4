import type { Model } from '../onnx/index.ts'
import {
  dropoutPlaces,
  dropPathPlaces,
  findBlocks,
  type LoraTarget,
  type Rewritten,
  ssfPlaces,
  type Vit,
  withAdapters,
  withLora,
  withMasks,
  withPrefixComponents,
  withPrefixes,
  withPrefixPool,
  withPromptPool,
  withPrompts,
  withSsf,
} from '../rewriting/index.ts'
import type { Chance } from '../tensor/index.ts'

/** A few weights put into a Vision Transformer, to be trained in place of its own. */
export type Module =
  /** AdaptFormer: a bottleneck beside each MLP. */
  | { kind: 'adapter'; bottleneck?: number; scale?: number; dropout?: number }
  | { kind: 'lora'; rank: number; alpha?: number; at: readonly LoraTarget[]; blocks?: readonly number[] }
  /** VPT: tokens behind the sequence, once or anew for each block. */
  | { kind: 'prompts'; tokens: number; depth: 'shallow' | 'deep'; deviation?: number }
  /** Learned keys and values in front of those of some blocks. */
  | { kind: 'prefixes'; length: number; blocks?: readonly number[]; uniform?: Bounds }
  /**
   * L2P: of a pool of prompts, those that `extra` chooses for an example join the sequence, and the head reads them.
   * `pull` × the cosines of the chosen keys with the query, summed, is taken off the loss.
   */
  | { kind: 'prompt-pool'; pool: number; length: number; top: number; pull: number; uniform: Bounds }
  /** DualPrompt: keys and values of the expert that `extra` chooses for an example, in front of those of some blocks. */
  | {
      kind: 'prefix-pool'
      pool: number
      length: number
      blocks: readonly number[]
      pull: number
      uniform: Bounds
    }
  /** CODA-Prompt: keys and values in front that are a sum of components, weighted by an example's query. */
  | {
      kind: 'prefix-components'
      components: number
      parts: number
      length: number
      blocks: readonly number[]
    }
  /** Scaling and shifting of features. */
  | { kind: 'ssf'; deviation?: number }

/** Limits of a uniform law. */
type Bounds = readonly [low: number, high: number]

/** Parts of a Transformer that are left out at random while training. */
export interface Dropping {
  dropout?: number
  dropPath?: number
}

export interface Moduled extends Rewritten {
  readonly vit: Vit | undefined
  /** Outputs that are a part of the loss, and what they are worth in it. */
  readonly terms: readonly { readonly output: string; readonly weight: number }[]
}

/**
 * The backbone with modules in it and places that are dropped at random; blocks are looked for only where they are
 * needed.
 *
 * @param queries numbers in a query, which is an embedding of the backbone as it was
 * @throws vit-blocks-not-found, tokens-cannot-change, dropout-out-of-range
 */
export async function withModules(
  model: Model,
  modules: readonly Module[],
  { dropout = 0, dropPath = 0 }: Dropping,
  queries: number,
  random: Chance,
): Promise<Moduled> {
  if (modules.length === 0 && dropout === 0 && dropPath === 0) {
    return { model, trainable: [], masks: [], terms: [], vit: undefined }
  }
  const vit = await findBlocks(model)
  const trainable: Rewritten['trainable'][number][] = []
  const masks: Rewritten['masks'][number][] = []
  const terms: Moduled['terms'][number][] = []
  let at = model
  const outputs = model.graph.outputs.map(({ name }) => name)
  let output = outputs.length === 1 ? outputs[0] : undefined
  const take = (made: Rewritten) => {
    at = made.model
    output = made.output ?? output
    trainable.push(...made.trainable)
    masks.push(...made.masks)
  }
  for (const module of modules) {
    const made = await rewritten(at, vit, module, queries, random)
    take(made)
    if (made.pull !== undefined && 'pull' in module) terms.push({ output: made.pull, weight: -module.pull })
  }
  const places = [...dropoutPlaces(vit, dropout), ...dropPathPlaces(vit, dropPath)].filter(
    ({ rate }) => rate > 0,
  )
  if (places.length > 0) take(withMasks(at, places))
  return { model: at, trainable, masks, terms, vit, ...(output !== undefined && { output }) }
}

function rewritten(
  model: Model,
  vit: Vit,
  module: Module,
  queries: number,
  random: Chance,
): Rewritten | Promise<Rewritten> {
  switch (module.kind) {
    case 'adapter':
      return withAdapters(model, vit, { ...module, random })
    case 'lora':
      return withLora(model, vit, { ...module, random })
    case 'prompts':
      return withPrompts(model, vit, { ...module, random })
    case 'prefixes':
      return withPrefixes(model, vit, { ...module, random })
    case 'prompt-pool':
      return withPromptPool(model, vit, { ...module, queries, random })
    case 'prefix-pool':
      return withPrefixPool(model, vit, { ...module, queries, random })
    case 'prefix-components':
      return withPrefixComponents(model, vit, { ...module, queries, random })
    case 'ssf':
      return withSsf(model, ssfPlaces(vit), { ...module, random })
  }
}
