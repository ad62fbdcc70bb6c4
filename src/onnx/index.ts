export type { AttributeValue } from './attributes.ts'
export { buildModel, type ModelSpec, type NodeSpec, type ValueSpec } from './build.ts'
export { countOperations, type OperationCount } from './count-operations.ts'
export { instrumented } from './instrumented.ts'
export { limits } from './limits.ts'
export { type Graph, type Model, type Node, type Value, writeModel } from './model.ts'
export { type Prefix, prefixed } from './prefixed.ts'
export { printGraph } from './print-graph.ts'
export { readModel, requireTrainable } from './read.ts'
export { type Suffix, suffixed } from './suffixed.ts'
export {
  type TrainedPart,
  type TrainedPart,
  trainingOperations,
  trainingOperations,
} from './training-operations.ts'
export { elementType, type Numbers, numbersOf } from './values.ts'
export { vitMacs } from './vit-macs.ts'
