import type { Model } from '../onnx/index.ts'
import type { Chance } from '../tensor/index.ts'
import type { Vit } from './anatomy.ts'
import { normal } from './init.ts'
import { type Rewritten, surgery } from './surgery.ts'

/** A tensor that is scaled and shifted, channel by channel. */
export interface SsfPlace {
  readonly tensor: string
  readonly channels: number
  /** How many axes follow that of the channels: 0 for [batch, tokens, channels], 2 for [batch, channels, h, w]. */
  readonly behind: number
}

export interface SsfOptions {
  /** Standard deviation of both at the start; 0.02 unless said, and with 0 the network starts as it was. */
  deviation?: number
  random: Chance
}

/**
 * Scaling and shifting features: y = gamma · x + beta by channel at each of `places`, gamma ~ N(1, 0.02) and
 * beta ~ N(0, 0.02).
 * @source Lian et al., "Scaling & Shifting Your Features", NeurIPS 2022. arXiv:2210.08823
 */
export function withSsf(model: Model, places: readonly SsfPlace[], options: SsfOptions): Rewritten {
  const { deviation = 0.02, random } = options
  const work = surgery(model)
  for (const { tensor, channels, behind } of places) {
    const dims = [channels, ...new Array<number>(behind).fill(1)]
    const gamma = work.weight(`ssf.${tensor}.gamma`, dims, normal(dims, 1, deviation, random))
    const beta = work.weight(`ssf.${tensor}.beta`, dims, normal(dims, 0, deviation, random))
    work.wrap(tensor, (inner) => {
      const scaled = work.fresh(`ssf.${tensor}.scaled`)
      return [
        { op: 'Mul', inputs: [inner, gamma], outputs: [scaled] },
        { op: 'Add', inputs: [scaled, beta], outputs: [tensor] },
      ]
    })
  }
  return work.done()
}

/**
 * Where SSF stands in a ViT: behind each linear layer, each normalisation and the patch embedding. With separate
 * queries, keys and values as many numbers as with a fused layer: 2 · (11 · blocks + 2) · width of them with MLPs four
 * times as wide, 205,824 in a ViT-B.
 */
export function ssfPlaces({ blocks, norm, patches, width }: Vit): SsfPlace[] {
  const places = blocks.flatMap((block) => [
    { tensor: block.norm1.output, channels: block.norm1.size, behind: 0 },
    ...[block.q, block.k, block.v]
      .map(({ linear }) => linear)
      .concat(block.proj)
      .map(behindLinear),
    { tensor: block.norm2.output, channels: block.norm2.size, behind: 0 },
    ...[block.fc1, block.fc2].map(behindLinear),
  ])
  const last = norm === undefined ? [] : [{ tensor: norm.output, channels: norm.size, behind: 0 }]
  const all = [{ tensor: patches.result, channels: width, behind: 2 }, ...places, ...last]
  return [...new Map(all.map((place) => [place.tensor, place])).values()] // a fused layer once
}

function behindLinear({ result, outputSize }: { result: string; outputSize: number }): SsfPlace {
  return { tensor: result, channels: outputSize, behind: 0 }
}
