export { foreignId, foreignMethod } from './foreign-method.ts'
export { isProgram } from './program.ts'
export { spentElsewhere } from './usage.ts'
