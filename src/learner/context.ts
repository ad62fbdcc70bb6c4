import type { Ref } from '../autodiff/index.ts'
import type { Chance, Tensor } from '../tensor/index.ts'
import type { Group } from './layout.ts'
import type { Loss } from './losses/index.ts'
import type { Memory } from './memory.ts'
import type { Networks } from './networks.ts'
import type { LearnerOptions, Operations } from './options.ts'
import type { Sessions } from './sessions.ts'

/** What the passes of one learner share. */
export interface Context {
  /** What to call it in an error. */
  readonly label: string
  readonly options: LearnerOptions
  readonly groups: readonly Group[]
  readonly networks: Networks
  readonly sessions: Sessions
  /** Running statistics of BatchNormalization in training mode, by name. */
  readonly statistics: ReadonlyMap<string, Tensor<'float32'>>
  /** For dropout. */
  readonly dropping: Chance
  /** Operations that were counted, by what they are of; those of another loss no longer hold. */
  readonly counts: Map<
    string,
    { readonly loss: Loss; readonly counts: Operations & { readonly features: number } }
  >
  // What changes as it learns
  memory: Memory
  loss: Loss
}

/** The inputs of the network that a batch brings: neither weights, nor statistics, nor masks. */
export function dataInputs({ networks, statistics, options }: Context, inputs: readonly Ref[]): Ref[] {
  const masks = new Set(options.masks?.map(({ name }) => name))
  return inputs.filter(({ name }) => !networks.weights.has(name) && !statistics.has(name) && !masks.has(name))
}
