export { publish, publishText } from './publish.ts'
export { withLock } from './lock.ts'
export { builtFile, packageRoot, packageVersion } from './package.ts'
