import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { listManifest } from '../../src/datasets/formats/manifest.ts'
import { type Dataset, openDataset } from '../../src/datasets/index.ts'
import { StreambedError } from '../../src/error.ts'
import { csvOf, type Row, rowsOf, writeManifest } from '../fixtures/manifest.ts'
import { makeToy6, toy6Classes } from '../fixtures/toy6.ts'

let home: string
let folder: string
let file: string

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'manifest-'))
  folder = await makeToy6(join(home, 'toy6'), { train: 3, test: 2, width: 8, height: 8 })
  file = join(folder, 'toy6.csv')
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const open = (name: string, path?: string): Promise<Dataset> =>
  openDataset(name, { data: home, cache: join(home, `cache-${name}`), allowUnofficial: false, path })

function listed(rows: readonly (readonly string[])[]) {
  writeFileSync(file, csvOf(rows))
  return listManifest(file)
}

function refusal(rows: readonly (readonly string[])[]): StreambedError {
  try {
    listed(rows)
  } catch (error) {
    if (error instanceof StreambedError) return error
    throw error
  }
  throw new Error('it was read')
}

/** The rows with one changed: line `line` of the file. */
const changed = (line: number, change: (row: Row) => Row) =>
  rowsOf(folder).map((row, i) => (i === line - 2 ? change(row) : row))

describe('the same pictures in a folder and in a manifest (M4)', () => {
  test('are the same dataset: classes, images, labels and id', async () => {
    writeManifest(folder)
    const [left, right] = [await open('image-folder', 'toy6'), await open('image-manifest', 'toy6/toy6.csv')]
    expect(right.classes).toEqual(toy6Classes)
    expect(right.id).toBe(left.id)
    expect(right.splits).toEqual(left.splits)
    expect(right.image).toEqual(left.image)
    expect(right.source).toEqual(left.source)
    expect([right.name, right.title, right.status]).toEqual(['image-manifest', 'toy6.csv', 'unverified'])
    expect(right.notes).toEqual([])
  })

  test('whatever the files are called, wherever they lie, in whatever order they are listed', async () => {
    const flat = join(home, 'flat')
    mkdirSync(join(flat, 'deep/er'), { recursive: true })
    const rows = rowsOf(folder).map(([path, label, split], i): Row => {
      const name = i % 2 === 0 ? `picture ${i}.png` : `deep/er/${i}.PNG`
      copyFileSync(join(folder, path), join(flat, name))
      return [name, label, split]
    })
    writeFileSync(join(flat, 'list.csv'), csvOf(rows.reverse()))
    expect((await open('image-manifest', 'flat/list.csv')).id).toBe((await open('image-folder', 'toy6')).id)
  })

  test('another label for one picture is another dataset, though no file changed', async () => {
    writeManifest(folder)
    const { id } = await open('image-manifest', file)
    listed(changed(2, ([path, , split]) => [path, 'brick', split]))
    expect((await open('image-manifest', file)).id).not.toBe(id)
    listed(changed(2, ([path, label]) => [path, label, 'test']))
    const moved = await open('image-manifest', file)
    expect([moved.splits.train.size, moved.splits.test.size]).toEqual([17, 13])
  })
})

describe('what the manifest leaves out', () => {
  test('is counted, and used by nobody (F11)', () => {
    const { files, notes } = listed(rowsOf(folder).filter(([path]) => !path.startsWith('train/elm/0')))
    expect(files.train).toHaveLength(17)
    expect(notes).toEqual(['1 file beside the listed ones not used: train/elm/0.png.'])
  })

  test('folders beside it are named, left-overs counted', () => {
    const rows = rowsOf(folder)
    mkdirSync(join(folder, 'backup'))
    mkdirSync(join(folder, 'train/.ipynb_checkpoints'))
    writeFileSync(join(folder, 'train/.ipynb_checkpoints/x.png'), 'x')
    for (const name of ['.DS_Store', 'train/fog/Thumbs.db', 'read me.txt']) {
      writeFileSync(join(folder, name), 'x')
    }
    expect(listed(rows).notes).toEqual([
      '1 file beside the listed ones not used: read me.txt.',
      '1 folder beside the manifest not used: backup/.',
      '3 entries passed over: .DS_Store, .ipynb_checkpoints, Thumbs.db.',
    ])
  })

  test('a dot-folder that is listed is used', () => {
    const rows = rowsOf(folder).map(([path, ...rest]) => [path.replace(/^train/, '.train'), ...rest])
    renameSync(join(folder, 'train'), join(folder, '.train'))
    const { files, notes } = listed(rows)
    expect([files.train.length, notes]).toEqual([18, []])
  })
})

describe('paths', () => {
  test('a row whose file is missing is refused by its line, and the others counted (F11)', () => {
    rmSync(join(folder, 'train/amber/1.png'))
    rmSync(join(folder, 'test/fog'), { recursive: true })
    mkdirSync(join(folder, 'test/fog/1.png'), { recursive: true })
    const rows = [...rowsOf(folder), ['train/amber/1.png', 'amber', 'train']]
    const one = refusal(
      rows.filter(([path]) => path !== 'test/fog/1.png').concat([['test/x', 'fog', 'test']]),
    )
    expect(one).toMatchObject({
      code: 'manifest-file-missing',
      what: 'Line 29 names “train/amber/1.png”, which is not there; 1 more row has no file.',
      where: `${file}:29`,
    })
    expect(refusal(rows.slice(0, -1)).what).toBe('Line 29 names “test/fog/1.png”, which is a folder.')
    const beyond = refusal(changed(2, () => ['train/amber/0.png/x', 'amber', 'train']))
    expect(beyond.what).toContain('Line 2 names “train/amber/0.png/x”, which is not there')
  })

  test('backslashes part folders, as on the system they come from (F12)', async () => {
    const rows = rowsOf(folder).map(([path, ...rest]) => [path.replaceAll('/', '\\'), ...rest])
    const listing = listed(rows)
    expect(listing.notes).toEqual(['30 paths written with backslashes, which were read as parting folders.'])
    expect((await open('image-manifest', file)).id).toBe((await open('image-folder', 'toy6')).id)
  })

  test.each([
    ['..\\..\\secret.png', 'a path out of the manifest’s folder'],
    ['../secret.png', 'a path out of the manifest’s folder'],
    ['train/../../secret.png', 'a path out of the manifest’s folder'],
    ['..', 'a path out of the manifest’s folder'],
    ['/etc/hostname', 'an absolute path'],
    ['\\\\server\\share\\a.png', 'an absolute path'],
    ['C:\\pictures\\a.png', 'an absolute path'],
    ['c:a.png', 'an absolute path'],
    ['https://example.org/a.png', 'an address'],
  ])('%s is refused and never read (F12)', (path, kind) => {
    writeFileSync(join(home, 'secret.png'), 'secret')
    expect(refusal(changed(5, (row) => [path, row[1], row[2]]))).toMatchObject({
      code: 'manifest-path-outside',
      what: `Line 5 has ${kind}, “${path}”; it was not read.`,
      where: `${file}:5`,
    })
  })

  test('an absolute path into the very folder is refused too, since it holds on one machine only', () => {
    const error = refusal(changed(2, ([path, ...rest]) => [join(folder, path), ...rest]))
    expect(error.code).toBe('manifest-path-outside')
  })

  test('links that lead out are refused, links within are followed', () => {
    mkdirSync(join(home, 'elsewhere'))
    copyFileSync(join(folder, 'train/amber/0.png'), join(home, 'elsewhere/0.png'))
    symlinkSync(join(home, 'elsewhere/0.png'), join(folder, 'link.png'))
    symlinkSync(join(home, 'elsewhere'), join(folder, 'linked'))
    symlinkSync('train/amber', join(folder, 'within'))
    for (const path of ['link.png', 'linked/0.png']) {
      expect(refusal(changed(2, ([, ...rest]) => [path, ...rest]))).toMatchObject({
        code: 'manifest-path-outside',
        what: `The path “${path}” on line 2 leads out of the manifest’s folder by a link; it was not read.`,
      })
    }
    rmSync(join(folder, 'link.png'))
    const { files, notes } = listed(changed(2, ([, ...rest]) => ['within/0.png', ...rest]))
    expect(files.train.map(({ path }) => path)).toContain(join(folder, 'within/0.png'))
    expect(notes).toEqual(['1 file beside the listed ones not used: train/amber/0.png.'])
  })

  test('a folder that is itself a link is a folder', async () => {
    writeManifest(folder)
    symlinkSync(folder, join(home, 'linked'))
    expect((await open('image-manifest', 'linked/toy6.csv')).classes).toEqual(toy6Classes)
  })

  test('one path on two lines is refused with both, however it is spelt', () => {
    const again = [...rowsOf(folder), ['.\\train//amber/x/../0.png', 'brick', 'test']]
    expect(refusal(again)).toMatchObject({
      code: 'manifest-path-twice',
      what: '“train/amber/0.png” stands on line 2 and again on line 32.',
      where: `${file}:32`,
    })
  })
})

describe('labels', () => {
  test('a label of one split only is refused by name', () => {
    const rows = rowsOf(folder)
    expect(refusal(rows.filter(([, label, split]) => !(label === 'fog' && split === 'test')))).toMatchObject({
      code: 'class-not-in-both',
      what: 'The class “fog” is in the train rows but not in the test rows.',
      mend: 'Add it there, or take it out of the train rows.',
    })
    expect(refusal(changed(2, ([path, , split]) => [path, 'Amber', split])).what).toContain('“Amber”')
  })

  test('a manifest without one split is refused', () => {
    expect(refusal(rowsOf(folder).filter(([, , split]) => split === 'train'))).toMatchObject({
      code: 'manifest-split-missing',
      what: 'No row of the manifest has the split test.',
    })
  })

  test('what looks like a formula, a number or a path is text', () => {
    const names: Record<string, string> = {
      amber: '=SUM(A1)',
      brick: '007',
      cloud: '../x',
      dusk: '"a, ""b"""',
      elm: '@x',
      fog: 'NaN',
    }
    expect(listed(rowsOf(folder).map(([path, label, split]) => [path, names[label], split])).classes).toEqual(
      ['../x', '007', '=SUM(A1)', '@x', 'NaN', 'a, "b"'],
    )
  })

  test.each([
    ['Amérique', 'Ame\u0301rique', 'U+0065 against U+00E9'],
    ['fog', '"fog "', 'U+0020 against the end'],
  ])('“%s” and “%s” are not two classes', (name, twin, difference) => {
    const rows = rowsOf(folder).map(([path, label, split], i) => [
      path,
      label === 'amber' ? (i === 1 ? twin : name) : label,
      split,
    ])
    const error = refusal(rows)
    expect([error.code, error.where]).toEqual(['labels-look-alike', `${file}:3`])
    expect(error.what).toContain(difference)
  })
})

test('a manifest that is not there, a folder, and none named', async () => {
  const code = (path?: string) =>
    open('image-manifest', path).catch((error: StreambedError) => [error.code, error.what])
  expect(await code('toy7.csv')).toEqual(['data-missing', 'The manifest is not there.'])
  expect(await code('toy6')).toEqual(['data-missing', 'A manifest was asked for, and this is a folder.'])
  expect(await code()).toEqual(['dataset-path-missing', 'An image manifest was asked for, but not which.'])
})

test('a picture that cannot be read is refused with its path, as in a folder', async () => {
  writeManifest(folder)
  writeFileSync(join(folder, 'train/elm/0.png'), '<!DOCTYPE html>')
  await expect(open('image-manifest', file)).rejects.toMatchObject({
    code: 'not-a-picture',
    where: join(folder, 'train/elm/0.png'),
  })
})

test('a folder’s index serves its manifest: nothing is decoded twice', async () => {
  writeManifest(folder)
  const told = vi.fn()
  const options = { data: home, cache: join(home, 'cache'), allowUnofficial: false, onProgress: told }
  await openDataset('image-folder', { ...options, path: folder })
  expect(told).toHaveBeenCalledTimes(30)
  await openDataset('image-manifest', { ...options, path: file })
  expect(told).toHaveBeenCalledTimes(30)
})
