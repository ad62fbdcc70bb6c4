export { classIncremental, taskIncremental } from './class-incremental.ts'
export { orderName, parseClassOrder } from './class-order.ts'
export {
  type Arranged,
  type Arrangement,
  type ArrangementRequest,
  defineStream,
  type StreamDeclaration,
} from './declaration.ts'
export { domainIncremental } from './domain-incremental.ts'
export { findStream, streams } from './find-stream.ts'
export type { ImagesPerClass } from './images-per-class.ts'
export { type LayChoice, layDeclared, layStream } from './lay-stream.ts'
export { checkLock, lockName, lockOf, lockText, type StreamLock } from './lock.ts'
export { overShownImages } from './shown-images.ts'
export type { ClassOrder, Scenario, Stream, StreamEvent, StreamTask, TaskIndex } from './stream.ts'
export type { TaskSizes } from './task-sizes.ts'
