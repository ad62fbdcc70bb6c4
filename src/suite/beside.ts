import { existsSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { shortName } from './labels.ts'
import type { Mistake } from './mistake.ts'
import type { Setting } from './set.ts'
import { isPath } from './shelves.ts'

/** Methods that `--with` puts beside those of a suite. */
interface Beside {
  /** Adds those that are not in the list (any more), and says where they stand. */
  put(): Setting[]
  mistakes: readonly Mistake[]
}

/**
 * Reads `--with METHOD` flags, each a method of the shelf or a file, as entries of the suite: what they come to is to
 * the letter what the same entries would be in the file. A path starts where the command was given.
 *
 * A label is the name, as ever, or where a row of the suite has that already, the path as it was given.
 */
export function besideSuite(root: Record<string, unknown>, flags: readonly string[], file: string): Beside {
  const folder = dirname(resolve(file))
  const mistakes: Mistake[] = []
  const refuse = (flag: string, mistake: Pick<Mistake, 'code' | 'what' | 'mend'>) =>
    mistakes.push({ ...mistake, path: [], place: { where: flag, line: 1e9, column: 0 } })
  const added: { flag: string; entry: { name: string; label: string } }[] = []
  for (const given of flags) {
    const flag = `--with ${given}`
    if (isPath(given) && !existsSync(given)) {
      refuse(flag, {
        code: 'suite-file-missing',
        what: `The method “${given}” is a path, and there is no such file.`,
        mend: `Paths start at ${process.cwd()}. \`streambed new method NAME\` writes a method to begin with.`,
      })
      continue
    }
    const name = isPath(given) ? fromFolder(folder, given) : given
    const others = [...methodsIn(root), ...added.map(({ entry }) => entry)]
    if (others.some((other) => other.name === name || samePath(folder, other.name, name))) {
      refuse(flag, {
        code: 'suite-duplicate',
        what: `The method “${given}” stands in this suite already.`,
        mend: 'Leave the flag out; with other options it is another entry of the suite file.',
      })
      continue
    }
    const short = shortName(name)
    const isTaken = others.some((other) => (other.label ?? shortName(other.name)) === short)
    added.push({ flag, entry: { name, label: isTaken ? given : short } })
  }
  return {
    mistakes,
    put() {
      const { methods } = root
      if (!Array.isArray(methods)) return []
      return added.map(({ flag, entry }) => {
        if (!methods.includes(entry)) methods.push(entry)
        return { flag, path: ['methods', methods.indexOf(entry)] }
      })
    },
  }
}

/** As a suite file in this folder would write the path. */
function fromFolder(folder: string, path: string): string {
  const name = relative(folder, resolve(path)).replaceAll('\\', '/')
  return /^\.\.?\/|^\/|^[A-Za-z]:/.test(name) ? name : `./${name}`
}

function samePath(folder: string, one: string, other: string): boolean {
  return isPath(one) && isPath(other) && resolve(folder, one) === resolve(folder, other)
}

function methodsIn({ methods }: Record<string, unknown>): { name: string; label?: string }[] {
  return (Array.isArray(methods) ? methods : []).flatMap((entry) => {
    if (typeof entry === 'string') return [{ name: entry }]
    const { name, label } = (entry ?? {}) as { name?: unknown; label?: unknown }
    return typeof name === 'string' ? [{ name, ...(typeof label === 'string' && { label }) }] : []
  })
}
