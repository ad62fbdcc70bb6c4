import { StreambedError } from '../error.ts'
import type { Model } from '../onnx/index.ts'
import type { Vit } from './anatomy.ts'
import { type Rewritten, surgery } from './surgery.ts'

/** A tensor that is multiplied by a mask: `dims` are the mask's, 'batch' for the number of examples. */
export interface MaskPlace {
  readonly tensor: string
  readonly dims: readonly (number | string)[]
  /** Share of the mask's entries that are 0, 0 … below 1. */
  readonly rate: number
}

/**
 * Dropout and its kin, with the masks as inputs: whoever feeds them draws 0 or 1 / (1 − rate), so that a step can be
 * repeated. The model without this rewrite is the one to evaluate with.
 * @source Srivastava et al., "Dropout", JMLR 2014; Huang et al., "Deep Networks with Stochastic Depth", ECCV 2016.
 */
export function withMasks(model: Model, places: readonly MaskPlace[]): Rewritten {
  const work = surgery(model)
  for (const { tensor, dims, rate } of places) {
    if (!(rate >= 0 && rate < 1)) {
      throw new StreambedError('dropout-out-of-range', {
        what: `A dropout rate of ${rate} was asked for, which keeps nothing or adds.`,
        where: `${model.label} › ${tensor}`,
        mend: 'Ask for a rate from 0 to just under 1; 0.1 is usual.',
      })
    }
    if (rate === 0) continue
    const mask = work.mask(`mask.${tensor}`, dims, rate)
    work.wrap(tensor, (inner) => [{ op: 'Mul', inputs: [inner, mask], outputs: [tensor] }])
  }
  return work.done()
}

/**
 * Stochastic depth: each branch of each block is left out for some examples, the rate rising evenly from 0 in the first
 * block to `rate` in the last.
 */
export function dropPathPlaces({ blocks, sequenceAxis }: Vit, rate: number): MaskPlace[] {
  return blocks.flatMap(({ attended, mlp }, index) => {
    const here = blocks.length === 1 ? rate : (rate * index) / (blocks.length - 1)
    return [attended, mlp].map((tensor) => ({
      tensor,
      dims: sequenceAxis === 1 ? ['batch', 1, 1] : [1, 'batch', 1],
      rate: here,
    }))
  })
}

/** Dropout behind the projection of attention, the activation of the MLP and the MLP, in every block. */
export function dropoutPlaces({ blocks, tokens, width, sequenceAxis }: Vit, rate: number): MaskPlace[] {
  const axes = (last: number) => (sequenceAxis === 1 ? ['batch', tokens, last] : [tokens, 'batch', last])
  return blocks.flatMap(({ attended, hidden, fc1, mlp }) => [
    { tensor: attended, dims: axes(width), rate },
    { tensor: hidden, dims: axes(fc1.outputSize), rate },
    { tensor: mlp, dims: axes(width), rate },
  ])
}
