export { withLock } from './lock.ts'
export { builtFile, packageRoot, packageVersion } from './package.ts'
export { publish, publishText } from './publish.ts'
