export { Tensor } from '../tensor/index.ts'
export { runtimeVersion } from './ort.ts'
export { inverse, product } from './product.ts'
export { openSession, type Session, type SessionOptions } from './session.ts'
