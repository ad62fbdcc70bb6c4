export { embeddingNetwork } from './embedding-network.ts'
export type { Entry, Group } from './layout.ts'
export { learner } from './learner.ts'
export * from './losses/index.ts'
export * from './optimisers/index.ts'
export type {
  Anchor,
  Batch,
  GradientOptions,
  Inputs,
  Learner,
  LearnerOptions,
  LearnerState,
  Operations,
  Snapshot,
  StepOptions,
  StepResult,
} from './options.ts'
export * from './schedules/index.ts'
