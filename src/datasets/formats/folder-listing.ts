import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { StreambedError } from '../../error.ts'
import type { Split } from '../dataset.ts'

/** Which file is what, before any of them is opened. */
export interface FolderListing {
  classes: readonly string[]
  files: Record<Split, readonly { path: string; label: number }[]>
  /** What is used for what, and what is not used. */
  notes: string[]
}

/** A folder's entries sorted by the bytes of their names, left-overs of desktops and notebooks put aside. */
interface Entries {
  folders: string[]
  files: string[]
}

/**
 * Lists train/<class>/… and test/<class>/….
 *
 * `val/` is the test split where there is no `test/`. Hidden files and folders (.DS_Store, .ipynb_checkpoints),
 * Thumbs.db, desktop.ini and __MACOSX are passed over and counted in a note. Other folders beside the two are
 * named as not used.
 *
 * @throws data-missing; folder-layout; class-empty and class-not-in-both, naming the folders.
 */
export function listFolder(folder: string): FolderListing {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new StreambedError('data-missing', {
      what: 'The image folder is not there.',
      where: folder,
      mend: 'Correct `path:`, or the data folder given with --data.',
    })
  }
  const ignored = new Map<string, number>()
  const top = entriesOf(folder, ignored)
  const names = { train: 'train', test: testName(folder, top.folders) }
  const found = {
    train: classFolders(join(folder, names.train), ignored),
    test: classFolders(join(folder, names.test), ignored),
  }
  refuseUnequal(folder, names, found)
  const classes = [...found.train.keys()]
  if (classes.length > 65_535) throw tooManyClasses(folder, classes.length)
  const files = (split: Split) =>
    classes.flatMap((name, label) => (found[split].get(name) ?? []).map((path) => ({ path, label })))
  const unused = top.folders
    .filter((name) => name !== names.train && name !== names.test)
    .map((name) => `${name}/`)
  const notes = [
    `${names.train}/ is learned from, ${names.test}/ is evaluated on${unused.length > 0 ? `; ${list(unused)} not used` : ''}.`,
  ]
  if (ignored.size > 0) {
    const parts = [...ignored].sort().map(([name, count]) => (count > 1 ? `${count} × ${name}` : name))
    const total = [...ignored.values()].reduce((sum, count) => sum + count, 0)
    notes.push(`${total} ${total === 1 ? 'entry' : 'entries'} passed over: ${parts.join(', ')}.`)
  }
  return { classes, files: { train: files('train'), test: files('test') }, notes }
}

const list = (names: string[]): string =>
  `${names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are` : `${names[0]} is`}`

/** `test`, or `val` where there is no test. */
function testName(folder: string, folders: readonly string[]): string {
  if (folders.includes('train') && folders.includes('test')) return 'test'
  if (folders.includes('train') && folders.includes('val')) return 'val'
  const seen =
    folders.length === 0
      ? 'no folders'
      : `the folders ${folders.slice(0, 6).join(', ')}${folders.length > 6 ? ' …' : ''}`
  throw new StreambedError('folder-layout', {
    what: `An image folder has train/ and test/ (or val/), with one folder a class in each; here are ${seen}.`,
    where: folder,
    mend: 'Move the pictures to train/<class>/ and test/<class>/. Names are lower-case. No split is made for you, since its choice changes every number.',
  })
}

/** Class name → paths of its pictures, in byte order. */
function classFolders(folder: string, ignored: Map<string, number>): Map<string, string[]> {
  const entries = entriesOf(folder, ignored)
  if (entries.folders.length === 0) {
    throw new StreambedError('folder-layout', {
      what: 'There are no class folders inside.',
      where: folder,
      mend: 'Put each class into a folder of its own, named as the class.',
    })
  }
  for (const file of entries.files) note(ignored, file)
  const classes = new Map<string, string[]>()
  for (const name of entries.folders) {
    const inside = entriesOf(join(folder, name), ignored)
    if (inside.folders.length > 0) {
      throw new StreambedError('folder-layout', {
        what: `The class folder holds folders (${inside.folders.slice(0, 4).join(', ')}${inside.folders.length > 4 ? ' …' : ''}); pictures are expected there.`,
        where: join(folder, name),
        mend: 'Move the pictures one level up, or name the level that holds the classes.',
      })
    }
    if (inside.files.length === 0) {
      throw new StreambedError('class-empty', {
        what: `The class “${name}” has no pictures.`,
        where: join(folder, name),
        mend: 'Put its pictures back, or remove the folder if the class is not meant.',
      })
    }
    classes.set(
      name,
      inside.files.map((file) => join(folder, name, file)),
    )
  }
  return classes
}

function refuseUnequal(
  folder: string,
  names: Record<Split, string>,
  found: Record<Split, Map<string, string[]>>,
): void {
  for (const [has, lacks] of [
    ['train', 'test'],
    ['test', 'train'],
  ] as const) {
    const only = [...found[has].keys()].filter((name) => !found[lacks].has(name))
    if (only.length === 0) continue
    const shown = only.slice(0, 5).map((name) => `“${name}”`)
    const rest = only.length > 5 ? ` and ${only.length - 5} more` : ''
    throw new StreambedError('class-not-in-both', {
      what: `${only.length === 1 ? 'The class' : 'The classes'} ${shown.join(', ')}${rest} ${only.length === 1 ? 'is' : 'are'} in ${names[has]}/ but not in ${names[lacks]}/.`,
      where: join(folder, names[lacks]),
      mend: `Add ${only.length === 1 ? 'it' : 'them'} there, or take ${only.length === 1 ? 'it' : 'them'} out of ${names[has]}/.`,
    })
  }
}

function entriesOf(folder: string, ignored: Map<string, number>): Entries {
  const entries: Entries = { folders: [], files: [] }
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (isLeftOver(entry.name)) note(ignored, entry.name)
    else (isFolder(folder, entry) ? entries.folders : entries.files).push(entry.name)
  }
  entries.folders.sort(byBytes)
  entries.files.sort(byBytes)
  return entries
}

/** Dot-files, and what Windows and macOS leave behind. */
const isLeftOver = (name: string): boolean =>
  name.startsWith('.') || ['thumbs.db', 'desktop.ini', '__macosx'].includes(name.toLowerCase())

/** Links are followed: many people link a dataset into place. */
const isFolder = (folder: string, entry: Dirent): boolean =>
  entry.isDirectory() || (entry.isSymbolicLink() && statSync(join(folder, entry.name)).isDirectory())

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

function note(ignored: Map<string, number>, name: string): void {
  ignored.set(name, (ignored.get(name) ?? 0) + 1)
}

function tooManyClasses(folder: string, count: number): StreambedError {
  return new StreambedError('folder-layout', {
    what: `The folder has ${count.toLocaleString('en-US')} classes; at most 65,535 are counted.`,
    where: folder,
    mend: 'Split it into several datasets.',
  })
}
