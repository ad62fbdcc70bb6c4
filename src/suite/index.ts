export { type MethodClosure, methodClosure, methodId } from './method-id.ts'
export { checkOptions } from './option-mistakes.ts'
export { parseSuite } from './parse-suite.ts'
export {
  type BackboneChoice,
  backboneNames,
  type MethodChoice,
  type StreamChoice,
  type Suite,
} from './plan.ts'
export { type MethodPreset, methodPresets } from './presets.ts'
export { suiteSchema } from './schema.ts'
export type { Shelves } from './shelves.ts'
