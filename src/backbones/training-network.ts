import type { Model, Prefix } from '../onnx/index.ts'
import { hostPrepares, type Preprocessing } from '../pictures/index.ts'
import { pictureNodes, requireFit, type Size } from './input-model.ts'
import type { Backbone } from './passport.ts'
import { planarNetwork } from './planar-network.ts'

/** A backbone to be trained, and the two ways to show it pictures. */
export interface TrainingNetwork {
  /** From float32 [batch, 3, height, width] to its one output `embedding` [batch, dimension]. */
  model(): Promise<Model>
  /**
   * `pixels` takes pictures as they are stored, and does with them what embedding does; `view` takes pictures that were
   * augmented to the network's own size, and only scales them. Both uint8 [batch, 3, height, width].
   */
  fronts: Readonly<Record<'pixels' | 'view', Prefix>>
  /** Of a stored picture, and of the network's input. */
  picture: Size
  input: Size
}

/**
 * @param how.image the pictures' one size, or `'varied'`; where a host prepares pictures, what is stored is of the
 *   network's size
 * @throws preprocessing-does-not-fit
 */
export function trainingNetwork(
  backbone: Pick<Backbone, 'passport' | 'path'>,
  how: { preprocessing: Preprocessing; image: Size | 'varied' },
): TrainingNetwork {
  const { passport } = backbone
  const { preprocessing, image } = how
  requireFit(passport, preprocessing, image)
  const input = { width: passport.input.width, height: passport.input.height }
  const picture = image === 'varied' || hostPrepares(image, preprocessing) ? input : image
  return {
    model: () => planarNetwork(backbone),
    fronts: {
      pixels: pictureNodes('pixels', picture, input, preprocessing),
      view: pictureNodes('view', input, input, preprocessing),
    },
    picture,
    input,
  }
}
