import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { StreambedError } from '../../error.ts'
import type { Split } from '../dataset.ts'
import { byBytes, refuseTooManyClasses, refuseUnequal } from './class-names.ts'
import { isLeftOver, note, passedOver } from './left-overs.ts'
import type { PictureListing } from './listed-pictures.ts'

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
export function listFolder(folder: string): PictureListing {
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
  const called = { train: `${names.train}/`, test: `${names.test}/` }
  refuseUnequal(found, called, (split) => join(folder, names[split]))
  const classes = [...found.train.keys()]
  refuseTooManyClasses(classes, folder)
  const files = (split: Split) =>
    classes.flatMap((name, label) => (found[split].get(name) ?? []).map((path) => ({ path, label })))
  const unused = top.folders
    .filter((name) => name !== names.train && name !== names.test)
    .map((name) => `${name}/`)
  const notes = [
    `${names.train}/ is learned from, ${names.test}/ is evaluated on${unused.length > 0 ? `; ${list(unused)} not used` : ''}.`,
    ...passedOver(ignored),
  ]
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

/** Links are followed: many people link a dataset into place. */
const isFolder = (folder: string, entry: Dirent): boolean =>
  entry.isDirectory() || (entry.isSymbolicLink() && statSync(join(folder, entry.name)).isDirectory())
