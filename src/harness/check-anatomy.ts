import { type Backbone, trainingNetwork } from '../backbones/index.ts'
import { StreambedError } from '../error.ts'
import type { Needs } from '../method/index.ts'
import { requireTrainable } from '../onnx/index.ts'
import type { Preprocessing } from '../pictures/index.ts'
import { batchNorms, findBlocks } from '../rewriting/index.ts'

/** What is known of a network that a method trains. */
export interface Anatomy {
  readonly hasBatchNorm?: boolean
}

/**
 * Checks, before anything runs, that a backbone has what a method trains: operators with gradients, and the blocks of a
 * Transformer or batch normalisation where the method is about them. Gives what an option may not find there.
 *
 * @throws no-batch-normalization; vit-blocks-not-found, saying what was found instead; and what `requireTrainable`
 *   refuses, naming the node
 */
export async function checkAnatomy(
  { name, needs }: { name: string; needs: Needs },
  backbone: Backbone,
  how: { preprocessing: Preprocessing; image: { width: number; height: number } | 'varied' },
): Promise<Anatomy> {
  const { gradients, anatomy } = needs
  if (gradients !== 'backbone' && anatomy === undefined) return {}
  try {
    const model = await trainingNetwork(backbone, how).model()
    requireTrainable(model)
    if (anatomy === 'transformer') await findBlocks(model)
    if (anatomy === 'batch normalisation') batchNorms(model)
    return { hasBatchNorm: model.graph.nodes.some(({ op }) => op === 'BatchNormalization') }
  } catch (cause) {
    if (!(cause instanceof StreambedError)) throw cause
    throw new StreambedError(cause.code, {
      what: `${name} can’t train ${backbone.name}. ${cause.what}`,
      where: cause.where ?? backbone.path,
      mend: `${cause.mend} Or leave it out: "exclude: [{ backbone: ${backbone.name}, method: ${name}, reason: … }]".`,
      cause,
    })
  }
}
