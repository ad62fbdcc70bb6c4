export { type AdamOptions, adam, adamW } from './adam.ts'
export type { Optimiser, UpdateTerms } from './optimiser.ts'
export { type SgdOptions, sgd } from './sgd.ts'
