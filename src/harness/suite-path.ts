import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../files/index.ts'

/** The suite file that is meant: the user's own, or else the one of that name that comes with Streambed. */
export function suitePath(file: string): string {
  const shipped = join(packageRoot, file)
  return !existsSync(file) && /^suites[/\\]/.test(file) && existsSync(shipped) ? shipped : file
}
