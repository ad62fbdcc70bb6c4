export { type Preprocessing, preprocessingSchema } from './preprocessing.ts'
