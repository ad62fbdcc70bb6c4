import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, extname, join } from 'node:path'
import { packageRoot } from '../files/index.ts'

/** How a method's program is started. */
export interface Command {
  file: string
  args: readonly string[]
  env: Readonly<Record<string, string | undefined>>
}

/**
 * Is this file a method that runs as a process of its own? A `.py` file is; so is an executable file of another
 * language, and any module that Node loads is not.
 */
export function isProgram(path: string): boolean {
  if (extname(path) === '.py') return true
  if (/^\.[cm]?[jt]sx?$/.test(extname(path))) return false
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/**
 * Python by `STREAMBED_PYTHON`, else `python3`; another program by itself. `import streambed` finds the client that comes
 * along, unless one lies beside the method.
 *
 * @param threads threads that its libraries of linear algebra may use: other numbers of threads round otherwise
 */
export function commandOf(path: string, threads: number): Command {
  const { STREAMBED_PYTHON, PYTHONPATH } = process.env
  const env = {
    ...process.env,
    ...Object.fromEntries(
      ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'].map((name) => [name, `${threads}`]),
    ),
    PYTHONHASHSEED: '0', // the order of a set of texts is no chance of the method's
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONPATH: [join(packageRoot, 'python'), PYTHONPATH].filter(Boolean).join(delimiter),
  }
  if (extname(path) === '.py') return { file: STREAMBED_PYTHON ?? 'python3', args: [path], env }
  return { file: path, args: [], env }
}
