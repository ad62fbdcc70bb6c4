export { constant } from './constant.ts'
export {
  autoregressiveCosine,
  type CosineOptions,
  cosine,
  cosineAnnealing,
  quarterCosine,
  repeatedCosine,
} from './cosine.ts'
export { type InfiniteOptions, infinite, wsd } from './infinite.ts'
export { type RsqrtOptions, rsqrt } from './rsqrt.ts'
export type { Place, Rates, Schedule } from './schedule.ts'
export { type StepOptions, step } from './step.ts'
export { warmedUp } from './warmed-up.ts'
