import type { Backbone, ImageStage, Images } from './method.ts'
import type { NetworkOptions } from './network.ts'
import { rateAt } from './rate-at.ts'
import type { MeasuredPart } from './state.ts'
import { type TrainingOptions, trained } from './training.ts'

/** A copy of the backbone that learns on the first task alone, and stays as it is from then on. */
export interface AdaptedOnce extends MeasuredPart {
  /** The first classes that are announced get a head to learn by, all others nothing. */
  grow(labels: readonly number[]): void
  /** How the task at this place adapts it: the first by one stage, all others by none. */
  stages(index: number): readonly ImageStage[]
  /** [n × dimension] of these images as they are; empty before the first class. */
  features(images: Images): Promise<Float32Array>
}

/**
 * First-session adaptation: cross-entropy under a cosine head with a learnable scale, which nobody reads afterwards.
 *
 * Bytes and costs are those of the network; a later image costs a forward pass through it.
 * @param more what is put into the network, and what of it is trained
 * @source Zhou et al., "Revisiting Class-Incremental Learning with Pre-Trained Models", IJCV 2024. arXiv:2303.07338
 */
export function adaptedOnce(
  backbone: Backbone,
  options: Readonly<TrainingOptions>,
  more: Partial<NetworkOptions>,
): AdaptedOnce {
  const network = trained(backbone, options, { head: 'cosine', ...more })
  const adapt: ImageStage = {
    name: 'adapt',
    over: { images: 'task', batch: options.batch, epochs: options.epochs },
    async step({ images, labels }, place) {
      const rows = await backbone.rows(images)
      const targets = network.targets(labels)
      const { loss } = await network.step({ rows, targets: { targets } }, { rate: rateAt(options, place) })
      return { loss }
    },
  }
  return {
    grow(labels) {
      if (network.labels.length === 0) network.grow(labels)
    },
    stages: (index) => (index === 0 ? [adapt] : []),
    features: async (images) => network.features(await backbone.rows(images)),
    save: network.save,
    load: network.load,
    bytes: network.bytes,
  }
}
