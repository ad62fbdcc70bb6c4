import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The folder of Streambed's own package.json, whether we run from `src` or from `dist/src`. */
export const packageRoot: string = (() => {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
})()

/** The version in package.json, for example 0.1.0. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version
}

/**
 * The compiled twin of one of our source modules, for a forked child or a Worker, which need plain JavaScript:
 * `builtFile(import.meta.url, './child.ts')` is `dist/src/…/child.js` from source and from `dist` alike.
 */
export function builtFile(from: string, specifier: string): URL {
  const target = fileURLToPath(new URL(specifier, from)).replace(/\.tsx?$/, '.js')
  const inside = relative(packageRoot, target)
  return pathToFileURL(join(packageRoot, inside.startsWith('dist') ? inside : join('dist', inside)))
}
