export type { Verdict } from './check.ts'
export { checks } from './checks/index.ts'
export { type Level, levelsOf } from './ground.ts'
export { type VerifySettings, verify } from './verify.ts'
