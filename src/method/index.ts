export { type AdaptedOnce, adaptedOnce } from './adapted-once.ts'
export { type AlignedHead, type AlignedHeadOptions, type Alignment, alignedHead } from './aligned-head.ts'
export { among } from './among.ts'
export { balancoir } from './balancoir.ts'
export { type BatchInParts, batchInParts } from './batch-in-parts.ts'
export { classBalanced } from './class-balanced.ts'
export { type ClassCovariances, classCovariances } from './class-covariances.ts'
export {
  type ClassGaussians,
  type ClassGaussiansOptions,
  classGaussians,
  type DrawOptions,
} from './class-gaussians.ts'
export { type ClassMeans, classMeans } from './class-means.ts'
export { type Consolidation, type ConsolidationOptions, consolidation } from './consolidation.ts'
export { type Constrained, constrainedGradient } from './constrained-gradient.ts'
export { type Discriminant, discriminant } from './discriminant.ts'
export { type EpisodicMemory, type EpisodicMemoryOptions, episodicMemory } from './episodic-memory.ts'
export type { DrawnRows, ExemplarBuffer, MakeBuffer } from './exemplar-buffer.ts'
export { exemplarBuffers } from './exemplar-buffers.ts'
export { type FeatureScale, type FeatureScaleOptions, featureScale } from './feature-scale.ts'
export { fifo } from './fifo.ts'
export {
  type FisherEstimate,
  type FisherInformation,
  type FisherOptions,
  fisherEstimates,
  fisherInformation,
} from './fisher-information.ts'
export { greedilyBalanced } from './greedily-balanced.ts'
export { headOf } from './head-of.ts'
export { type HerdedExemplars, herded, herdedExemplars } from './herded-exemplars.ts'
export { type Kept, kept } from './kept.ts'
export { keptEvenly } from './kept-evenly.ts'
export { type KeptRows, keptRows } from './kept-rows.ts'
export { type LinearHead, linearHead } from './linear-head.ts'
export { type Mahalanobis, mahalanobis, type Shrinkage } from './mahalanobis.ts'
export * from './method.ts'
export type { Dropping, Module } from './modules.ts'
export { mostFrequent, nearestKeys } from './nearest-keys.ts'
export {
  type NearestNeighbours,
  type NearestNeighboursOptions,
  nearestNeighbours,
} from './nearest-neighbours.ts'
export { cosines, negatedSquaredDistances } from './nearness.ts'
export { type Evaluation, type Examples, type Network, type NetworkOptions, network } from './network.ts'
export type { NetworkBase } from './network-base.ts'
export { onFeatures } from './on-features.ts'
export { oneOf } from './one-of.ts'
export { type PathIntegral, pathIntegral } from './path-integral.ts'
export { type Plateau, plateau } from './plateau.ts'
export { projectedGradient } from './projected-gradient.ts'
export { type Projected, projections } from './projections.ts'
export { asTheyAre, type FeatureMap, randomProjection } from './random-projection.ts'
export { rateAt, type Scheduling, scheduling } from './rate-at.ts'
export { reservoir } from './reservoir.ts'
export { type RidgeClassifier, ridgeClassifier } from './ridge-classifier.ts'
export { ring } from './ring.ts'
export { concat, type Rows, sideBySide, unitRows } from './rows.ts'
export { type SharedCovariance, sharedCovariance } from './shared-covariance.ts'
export type { Shown } from './shown.ts'
export { bytesOf, type Count, type MeasuredPart } from './state.ts'
export { scoresByExample, storedScores } from './stored-scores.ts'
export {
  type AdamTrainingOptions,
  adamTraining,
  type TrainingOptions,
  trained,
  trainedByAdam,
  training,
} from './training.ts'
export { tukeyPower } from './tukey.ts'
