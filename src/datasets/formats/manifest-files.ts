import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, isAbsolute, join, posix, relative, sep } from 'node:path'
import { StreambedError } from '../../error.ts'
import { isLeftOver, note } from './left-overs.ts'

/**
 * A path of a manifest as folders and a name below the manifest's folder, parted by `/`. Backslashes part too,
 * as where the manifest was written on Windows.
 *
 * @throws manifest-path-outside for absolute paths, drives, addresses and what climbs out by `..`.
 */
export function pathInside(written: string, where: { file: string; line: number }): string {
  const path = written.replaceAll('\\', '/')
  const normal = posix.normalize(path).replace(/\/$/, '')
  const kind = /^[a-z][a-z0-9+.-]+:\/\//i.test(path)
    ? 'an address'
    : path.startsWith('/') || /^[a-z]:/i.test(path)
      ? 'an absolute path'
      : normal === '..' || normal.startsWith('../')
        ? 'a path out of the manifest’s folder'
        : undefined
  if (kind !== undefined)
    throw outside(`Line ${where.line} has ${kind}, “${written}”; it was not read.`, where)
  return normal
}

/** Why a file cannot be taken: not there, not a file, or not to be read. */
export type FileFault = 'is not there' | 'is a folder' | 'is no regular file' | `cannot be read (${string})`

/**
 * Looks at files of one folder without opening them. Links are followed as long as they stay in the folder.
 *
 * @returns a function that gives `undefined` for a file that may be read, and its fault for another.
 * @throws (that function) manifest-path-outside for a link that leads out of the folder.
 */
export function fileCheck(
  folder: string,
): (path: string, where: { file: string; line: number }) => FileFault | undefined {
  const root = realpathSync(folder)
  const folders = new Map<string, string>()
  /** Where a path really is, which must be inside. */
  function real(path: string, written: string, where: { file: string; line: number }): string {
    const target = realpathSync(path)
    const way = relative(root, target)
    if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
      throw outside(
        `The path “${written}” on line ${where.line} leads out of the manifest’s folder by a link; it was not read.`,
        where,
      )
    }
    return target
  }
  return (path, where) => {
    const parent = posix.dirname(path)
    try {
      let at = folders.get(parent)
      if (at === undefined) folders.set(parent, (at = real(join(root, parent), path, where)))
      const file = join(at, basename(path))
      let facts = lstatSync(file)
      if (facts.isSymbolicLink()) facts = statSync(real(file, path, where))
      return facts.isFile() ? undefined : facts.isDirectory() ? 'is a folder' : 'is no regular file'
    } catch (error) {
      if (error instanceof StreambedError) throw error
      const { code = String(error) } = error as NodeJS.ErrnoException
      return code === 'ENOENT' || code === 'ENOTDIR' ? 'is not there' : `cannot be read (${code})`
    }
  }
}

/** What lies beside the files that a manifest uses. */
export interface Unlisted {
  /** Files, in the manifest's folder itself and in those of its folders that the manifest uses, at any depth. */
  files: string[]
  /** Folders beside the manifest of which it uses nothing. */
  folders: string[]
  /** Names of left-overs of desktops and notebooks, with their numbers. */
  ignored: Map<string, number>
}

/**
 * Looks for files that a manifest does not use. Linked folders are not entered.
 *
 * @param used paths as `pathInside` gives them. @param manifest the manifest's own name.
 */
export function unlistedFiles(folder: string, used: ReadonlySet<string>, manifest: string): Unlisted {
  const found: Unlisted = { files: [], folders: [], ignored: new Map() }
  const usedFolders = new Set<string>()
  for (const path of used) {
    for (let at = posix.dirname(path); at !== '.' && !usedFolders.has(at); at = posix.dirname(at)) {
      usedFolders.add(at)
    }
  }
  const waiting = ['']
  for (let inside = waiting.pop(); inside !== undefined; inside = waiting.pop()) {
    for (const entry of readdirSync(join(folder, inside), { withFileTypes: true })) {
      const path = posix.join(inside, entry.name)
      if (used.has(path) || path === manifest) continue
      if (isLeftOver(entry.name) && !usedFolders.has(path)) note(found.ignored, entry.name)
      else if (entry.isDirectory() && inside === '' && !usedFolders.has(path)) found.folders.push(`${path}/`)
      else if (entry.isDirectory()) waiting.push(path)
      else if (!isLinkedFolder(join(folder, path), entry)) found.files.push(path)
    }
  }
  found.files.sort()
  found.folders.sort()
  return found
}

const isLinkedFolder = (path: string, entry: { isSymbolicLink(): boolean }): boolean =>
  entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

function outside(what: string, { file, line }: { file: string; line: number }): StreambedError {
  return new StreambedError('manifest-path-outside', {
    what,
    where: `${file}:${line}`,
    mend: 'Give paths below the folder that the manifest stands in, relative to it, and keep or copy the pictures there.',
  })
}
