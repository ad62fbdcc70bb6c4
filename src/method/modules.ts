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
  withPrefixes,
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
  | { kind: 'prefixes'; length: number; blocks?: readonly number[] }
  /** Scaling and shifting of features. */
  | { kind: 'ssf'; deviation?: number }

/** Parts of a Transformer that are left out at random while training. */
export interface Dropping {
  dropout?: number
  dropPath?: number
}

export interface Moduled extends Rewritten {
  readonly vit: Vit | undefined
}

/**
 * The backbone with modules in it and places that are dropped at random; blocks are looked for only where they are
 * needed, or `always`.
 *
 * @throws vit-blocks-not-found, tokens-cannot-change, dropout-out-of-range
 */
export async function withModules(
  model: Model,
  modules: readonly Module[],
  { dropout = 0, dropPath = 0 }: Dropping,
  random: Chance,
): Promise<Moduled> {
  if (modules.length === 0 && dropout === 0 && dropPath === 0) {
    return { model, trainable: [], masks: [], vit: undefined }
  }
  const vit = await findBlocks(model)
  const trainable: Rewritten['trainable'][number][] = []
  const masks: Rewritten['masks'][number][] = []
  let at = model
  const take = (made: Rewritten) => {
    at = made.model
    trainable.push(...made.trainable)
    masks.push(...made.masks)
  }
  for (const module of modules) take(await rewritten(at, vit, module, random))
  const places = [...dropoutPlaces(vit, dropout), ...dropPathPlaces(vit, dropPath)].filter(
    ({ rate }) => rate > 0,
  )
  if (places.length > 0) take(withMasks(at, places))
  return { model: at, trainable, masks, vit }
}

function rewritten(model: Model, vit: Vit, module: Module, random: Chance): Rewritten | Promise<Rewritten> {
  switch (module.kind) {
    case 'adapter':
      return withAdapters(model, vit, { ...module, random })
    case 'lora':
      return withLora(model, vit, { ...module, random })
    case 'prompts':
      return withPrompts(model, vit, { ...module, random })
    case 'prefixes':
      return withPrefixes(model, vit, { ...module, random })
    case 'ssf':
      return withSsf(model, ssfPlaces(vit), { ...module, random })
  }
}
