export { type Chance, chance } from './chance.ts'
export { arrayOf, type ElementType, sizeOf, Tensor, type TypedArray } from './tensor.ts'
