import { basename, dirname, join } from 'node:path'
import { StreambedError } from '../../error.ts'
import type { Dataset, OpenOptions, Split } from '../dataset.ts'
import { byBytes, refuseTooManyClasses, refuseUnequal } from './class-names.ts'
import { passedOver } from './left-overs.ts'
import { openListed, type PictureListing } from './listed-pictures.ts'
import { fileCheck, pathInside, unlistedFiles } from './manifest-files.ts'
import { type ManifestRow, type ManifestRows, manifestRows } from './manifest-rows.ts'
import { manifestText } from './manifest-text.ts'

/**
 * Opens the pictures that a CSV file lists. The first time every file is read, hashed and decoded once.
 *
 * @throws what `listManifest` refuses, and what `inspectPicture` refuses.
 */
export async function openManifest(file: string, options: OpenOptions): Promise<Dataset> {
  return openListed(listManifest(file), { name: 'image-manifest', title: basename(file) }, options)
}

/**
 * Reads a manifest whole and looks for every file it names; opens none of them.
 *
 * Paths are relative to the folder of the manifest and stay within it. The order of the rows has no meaning.
 * Costs about 30 µs a row, looking for its file included.
 *
 * @throws data-missing; manifest-encoding, -too-large, -empty, -header, -row, -quote and -split-word;
 * manifest-path-outside, manifest-path-twice and manifest-file-missing, naming the lines; labels-look-alike and
 * class-not-in-both.
 */
export function listManifest(file: string): PictureListing {
  const manifest = manifestRows(manifestText(file), file)
  const folder = dirname(file)
  const paths = pathsOf(manifest.rows, file)
  const classes = classesOf(manifest.rows, file)
  refuseMissing(manifest.rows, paths, folder, file)
  const labels = new Map(classes.map((name, label) => [name, label]))
  const files = (split: Split) =>
    manifest.rows
      .flatMap((row, i) =>
        row.split === split ? [{ path: join(folder, paths[i]), label: labels.get(row.label)! }] : [],
      )
      .sort((a, b) => a.label - b.label || (a.path < b.path ? -1 : 1))
  return {
    classes,
    files: { train: files('train'), test: files('test') },
    notes: notesOf(manifest, paths, folder, basename(file)),
  }
}

/** Each row's path within the folder; two rows never have the same. */
function pathsOf(rows: readonly ManifestRow[], file: string): string[] {
  const first = new Map<string, number>()
  return rows.map(({ path: written, line }) => {
    const path = pathInside(written, { file, line })
    const before = first.get(path)
    if (before !== undefined) {
      throw new StreambedError('manifest-path-twice', {
        what: `“${path}” stands on line ${before} and again on line ${line}.`,
        where: `${file}:${line}`,
        mend: 'Keep one of the two rows: a picture has one label and is in one split.',
      })
    }
    first.set(path, line)
    return path
  })
}

/** Class names in byte order, each in both splits, and no two that a reader could not tell apart. */
function classesOf(rows: readonly ManifestRow[], file: string): string[] {
  const found = { train: new Map<string, number>(), test: new Map<string, number>() }
  for (const { label, split, line } of rows) if (!found[split].has(label)) found[split].set(label, line)
  for (const split of ['train', 'test'] as const) {
    if (found[split].size > 0) continue
    throw new StreambedError('manifest-split-missing', {
      what: `No row of the manifest has the split ${split}.`,
      where: file,
      mend: 'Rows of train are learned from and rows of test evaluated on. No split is made for you, since its choice changes every number.',
    })
  }
  const seen = new Map<string, string>()
  for (const [label, line] of [...found.train, ...found.test].sort(([, a], [, b]) => a - b)) {
    const looks = label.trim().normalize('NFC')
    const other = seen.get(looks) ?? label
    if (other !== label) {
      throw new StreambedError('labels-look-alike', {
        what: `The label “${label}” on line ${line} looks like “${other}” on a line before, but is written with other characters (${codes(label, other)}).`,
        where: `${file}:${line}`,
        mend: 'Write both the same way: accents as one character each (NFC), and no spaces at the ends.',
      })
    }
    seen.set(looks, label)
  }
  refuseUnequal(found, { train: 'the train rows', test: 'the test rows' }, () => file)
  const classes = [...found.train.keys()].sort(byBytes)
  refuseTooManyClasses(classes, file)
  return classes
}

/** The first place where two texts differ, as code points. */
function codes(a: string, b: string): string {
  const [left, right] = [[...a], [...b]]
  const at = left.findIndex((character, i) => character !== right[i])
  const name = (character: string | undefined) =>
    character === undefined
      ? 'the end'
      : `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
  const place = at < 0 ? left.length : at
  return `${name(left[place])} against ${name(right[place])}`
}

function refuseMissing(
  rows: readonly ManifestRow[],
  paths: readonly string[],
  folder: string,
  file: string,
): void {
  const check = fileCheck(folder)
  const faults = rows.flatMap(({ line }, i) => {
    const fault = check(paths[i], { file, line })
    return fault === undefined ? [] : [{ line, fault, path: paths[i] }]
  })
  if (faults.length === 0) return
  const [{ line, fault, path }] = faults
  const more = faults.length - 1
  throw new StreambedError('manifest-file-missing', {
    what: `Line ${line} names “${path}”, which ${fault}${more > 0 ? `; ${more.toLocaleString('en-US')} more ${more === 1 ? 'row has' : 'rows have'} no file` : ''}.`,
    where: `${file}:${line}`,
    mend: `Put the file there, or correct the row or remove it. Paths are relative to the manifest’s folder, ${folder}.`,
  })
}

function notesOf(
  { rows, others, separator }: ManifestRows,
  paths: readonly string[],
  folder: string,
  manifest: string,
): string[] {
  const { files, folders, ignored } = unlistedFiles(folder, new Set(paths), manifest)
  const backslashes = rows.filter(({ path }) => path.includes('\\')).length
  const notes: string[] = []
  if (separator !== ',') {
    notes.push(`The manifest’s columns stand apart by ${separator === ';' ? 'semicolons' : 'tabs'}.`)
  }
  if (others.length > 0) {
    const named = some(others.map((name) => (name === '' ? 'one without a name' : name)))
    notes.push(`${counted(others.length, 'column')} of the manifest passed over: ${named}.`)
  }
  if (backslashes > 0) {
    notes.push(
      `${counted(backslashes, 'path')} written with backslashes, which were read as parting folders.`,
    )
  }
  if (files.length > 0) {
    notes.push(`${counted(files.length, 'file')} beside the listed ones not used: ${some(files)}.`)
  }
  if (folders.length > 0) {
    notes.push(`${counted(folders.length, 'folder')} beside the manifest not used: ${some(folders)}.`)
  }
  return [...notes, ...passedOver(ignored)]
}

const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`

const some = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 4).join(', ')} …` : names.join(', ')
