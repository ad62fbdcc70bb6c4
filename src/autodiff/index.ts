export { blocked } from './blocked.ts'
export { bytesOf, type Parts } from './bytes.ts'
export { channelBlock } from './channel-block.ts'
export { convProducts } from './conv-products.ts'
export { differentiate } from './differentiate.ts'
export type { Emit } from './emit.ts'
export { type Uses, usesApart } from './example-squares.ts'
export { firstNaN } from './first-nan.ts'
export { lowered } from './lowered.ts'
export type { BatchStatistics, Network, Ref, VirtualNode } from './network.ts'
export { type FreedNetwork, type NetworkOptions, networkOf, type Weight } from './network-of.ts'
export { type Pen, penFor } from './pen.ts'
export { portable } from './portable.ts'
export { printStep } from './print-step.ts'
export { pruned } from './prune.ts'
export { type Recomputed, recomputed } from './recomputed.ts'
export type { Gradients, Rule, RuleContext } from './rule.ts'
export {
  type Altered,
  type Ask,
  type SteppedParameter,
  type TrainingStep,
  type TrainingStepOptions,
  trainingStep,
  type Update,
  type UpdateOf,
} from './training-step.ts'
export { type Forward, withLoss } from './with-loss.ts'
