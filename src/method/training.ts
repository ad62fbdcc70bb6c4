import { adam, sgd } from '../learner/index.ts'
import type { Backbone } from './method.ts'
import { type Network, type NetworkOptions, network } from './network.ts'
import { oneOf } from './one-of.ts'
import { scheduling } from './rate-at.ts'

/**
 * Options of every method that trains by gradient, under the same names and with the same defaults, so that a suite can
 * hold them equal. A method takes them over and changes what its paper changes: `{ ...training, exemplars: 500 }`.
 */
export const training = {
  learningRate: 0.01,
  momentum: 0.9,
  weightDecay: 0,
  batch: 32,
  epochs: 1,
  ...scheduling,
  /** The rate of everything below the head is this share of the head's. */
  backboneRate: 1,
  /** What BatchNormalization learns by: `frozen`, its running statistics; or `training`, those of each batch. */
  batchNorm: 'frozen',
  /** How pictures are augmented: the name of a training view, or `none`. */
  view: 'none',
}

export type TrainingOptions = typeof training

/** A network of the run's backbone, trained by SGD as these options say. */
export function trained(
  backbone: Backbone,
  options: Readonly<TrainingOptions>,
  more: Partial<NetworkOptions> = {},
): Network {
  const { learningRate: rate, momentum, weightDecay, batch, backboneRate, view } = options
  const batchNorm = oneOf('batchNorm', options.batchNorm, { frozen: 'frozen', training: 'training' } as const)
  return network(backbone, {
    optimiser: sgd({ rate, momentum, weightDecay }),
    batch,
    backboneRate,
    batchNorm,
    view,
    ...more,
  })
}

/** The same for what is put into a frozen backbone and trained by Adam, as prompts are. */
export const adamTraining = {
  learningRate: 0.001,
  weightDecay: 0,
  batch: 128,
  epochs: 5,
  ...scheduling,
  /** Longest gradient, of all that is trained, that is let through; 0 cuts none. */
  clip: 0,
  view: 'none',
}

export type AdamTrainingOptions = typeof adamTraining

/** A network of the run's backbone with something in it, trained by Adam as these options say. */
export function trainedByAdam(
  backbone: Backbone,
  options: Readonly<AdamTrainingOptions>,
  more: Partial<NetworkOptions> & Required<Pick<NetworkOptions, 'modules'>>,
): Network {
  const { learningRate: rate, weightDecay, batch, clip, view } = options
  return network(backbone, {
    optimiser: adam({ rate, weightDecay }),
    batch,
    view,
    ...(clip > 0 && { clip }),
    ...more,
  })
}
