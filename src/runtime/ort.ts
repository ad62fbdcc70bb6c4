import { createRequire } from 'node:module'

/** onnxruntime-node, loaded at its first use: 20 MB of native code that `--help` has no need of. */
let loaded: Promise<typeof import('onnxruntime-node')> | undefined

export function onnxruntime(): Promise<typeof import('onnxruntime-node')> {
  loaded ??= import('onnxruntime-node').then((module) => {
    module.env.logLevel = 'fatal' // before the first session, after which the runtime's own log cannot be quieted
    return module
  })
  return loaded
}

/** The version of the runtime that computes, for example 1.30.0. */
export function runtimeVersion(): string {
  const require = createRequire(import.meta.url)
  return (require('onnxruntime-node/package.json') as { version: string }).version
}
