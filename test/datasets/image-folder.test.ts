import { createHash } from 'node:crypto'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decodePicture } from '../../src/datasets/decode.ts'
import { type Dataset, openDataset, openReader } from '../../src/datasets/index.ts'
import { StreambedError } from '../../src/error.ts'
import { preprocessingPreset } from '../../src/pictures/index.ts'
import {
  animation,
  fiveBandTiff,
  greyWithAlpha,
  oneBit,
  plainPicture,
  ramp16,
} from '../fixtures/odd-pictures.ts'
import { makeToy6, toy6Classes } from '../fixtures/toy6.ts'

let home: string
let folder: string

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'folder-'))
  folder = await makeToy6(join(home, 'toy6'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const open = (): Promise<Dataset> =>
  openDataset('image-folder', {
    data: home,
    cache: join(home, 'cache'),
    allowUnofficial: false,
    path: 'toy6',
  })

async function refusal(work: Promise<unknown>): Promise<StreambedError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(StreambedError)
  return error as StreambedError
}

test('six folders are six classes in the byte order of their names', async () => {
  const dataset = await open()
  expect(dataset.classes).toEqual(toy6Classes)
  expect([dataset.splits.train.size, dataset.splits.test.size]).toEqual([36, 24])
  expect(dataset.image).toEqual({ width: 20, height: 20 })
  if (dataset.source.format !== 'files') throw new Error('another format')
  for (const [row, path] of dataset.source.paths.test.entries()) {
    expect(basename(join(path, '..'))).toBe(dataset.classes[dataset.splits.test.labels[row]])
  }
})

test('renaming files changes nothing, since identity is content', async () => {
  const { id } = await open()
  renameSync(join(folder, 'train/elm/0.png'), join(folder, 'train/elm/zebra.png'))
  expect((await open()).id).toBe(id)
  copyFileSync(join(folder, 'train/elm/1.png'), join(folder, 'train/elm/again.png'))
  const more = await open()
  expect(more.id).not.toBe(id)
  expect(more.notes).toContain('1 image of train repeats another one exactly.')
})

describe('what lies about', () => {
  test('left-overs of desktops and notebooks are no classes and are counted in one line', async () => {
    for (const split of ['train', 'test']) {
      mkdirSync(join(folder, split, '.ipynb_checkpoints'))
      writeFileSync(join(folder, split, '.ipynb_checkpoints/x.png'), await plainPicture().png().toBuffer())
      mkdirSync(join(folder, split, '__MACOSX'))
    }
    writeFileSync(join(folder, 'train/amber/.DS_Store'), 'x')
    writeFileSync(join(folder, 'train/brick/Thumbs.db'), 'x')
    const { classes, notes } = await open()
    expect(classes).toEqual(toy6Classes)
    expect(notes).toContain(
      '6 entries passed over: .DS_Store, 2 × .ipynb_checkpoints, Thumbs.db, 2 × __MACOSX.',
    )
  })

  test('an empty class folder is refused by name', async () => {
    mkdirSync(join(folder, 'train/g'))
    expect(await refusal(open())).toMatchObject({
      code: 'class-empty',
      what: 'The class “g” has no pictures.',
    })
  })

  test('a class of one split only is refused by name', async () => {
    renameSync(join(folder, 'test/fog'), join(folder, 'test/frog'))
    const error = await refusal(open())
    expect(error.code).toBe('class-not-in-both')
    expect(error.what).toBe('The class “fog” is in train/ but not in test/.')
  })

  test('folders beside train and test are named as not used', async () => {
    for (const name of ['val', 'backup']) mkdirSync(join(folder, name))
    expect((await open()).notes[0]).toBe(
      'train/ is learned from, test/ is evaluated on; backup/ and val/ are not used.',
    )
  })

  test('val is the test split only where there is no test', async () => {
    renameSync(join(folder, 'test'), join(folder, 'val'))
    expect((await open()).notes[0]).toBe('train/ is learned from, val/ is evaluated on.')
  })

  test('a folder without a split is refused, since nobody but the user can choose one', async () => {
    renameSync(join(folder, 'test'), join(folder, 'extra'))
    const error = await refusal(open())
    expect([error.code, error.what]).toEqual(['folder-layout', expect.stringContaining('extra, train')])
  })

  test('folders inside a class folder are refused by name', async () => {
    mkdirSync(join(folder, 'train/fog/REAL'))
    expect((await refusal(open())).what).toContain('holds folders (REAL)')
  })

  test('a folder that is not there, and none named', async () => {
    const options = { data: home, cache: join(home, 'cache'), allowUnofficial: false }
    expect((await refusal(openDataset('image-folder', { ...options, path: 'toy7' }))).code).toBe(
      'data-missing',
    )
    expect((await refusal(openDataset('image-folder', options))).code).toBe('dataset-path-missing')
  })
})

describe('pictures that are not what they seem', () => {
  const put = (name: string, bytes: Uint8Array | string) => {
    const path = join(folder, 'train/amber', name)
    writeFileSync(path, bytes)
    return path
  }

  test.each([
    [
      'a web page named .jpg',
      'a.jpg',
      () => '<!DOCTYPE html><html>Not found</html>',
      'not-a-picture',
      'web page',
    ],
    ['text', 'a.png', () => 'hello', 'not-a-picture', 'no picture format'],
    ['no bytes', 'a.jpg', () => '', 'picture-empty', 'no bytes'],
    [
      'a drawing',
      'a.svg',
      () => '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
      'picture-format',
      'svg',
    ],
    ['five bands', 'a.tiff', () => fiveBandTiff(), 'picture-channels', '5 channels'],
    [
      'a JPEG cut off',
      'a.jpg',
      async () => cut(await plainPicture().jpeg().toBuffer()),
      'picture-broken',
      'cut off',
    ],
    [
      'a PNG cut off',
      'a.png',
      async () => cut(await plainPicture().png().toBuffer()),
      'picture-broken',
      'cut off',
    ],
    [
      'too many pixels',
      'a.png',
      () =>
        sharp({ create: { width: 8000, height: 7000, channels: 3, background: 'red' } })
          .png()
          .toBuffer(),
      'picture-too-large',
      '8000×7000',
    ],
  ])('%s: refused with the path', async (_, name, bytes, code, said) => {
    const path = put(name, await bytes())
    const error = await refusal(open())
    expect([error.code, error.where]).toEqual([code, path])
    expect(error.what).toContain(said)
  })

  test('a PNG named .JPEG is read by its content', async () => {
    put(
      'a.JPEG',
      await sharp(await plainPicture().png().toBuffer())
        .resize(20, 20)
        .png()
        .toBuffer(),
    )
    expect((await open()).splits.train.size).toBe(37)
  })

  test('an animation gives its first frame, and is noted', async () => {
    const path = put('a.gif', await animation())
    const { image, notes } = await open()
    expect(image).toBe('varied')
    expect(notes).toContain('1 picture has several frames; the first is used.')
    const picture = await decodePicture(path)
    expect([picture.width, picture.height, Math.max(...picture.pixels)]).toEqual([40, 30, 0])
  })

  test('a picture with an EXIF turn is turned, and is noted', async () => {
    const path = put('a.jpg', await plainPicture().withMetadata({ orientation: 6 }).jpeg().toBuffer())
    expect((await open()).notes).toContain('1 picture is turned as its EXIF orientation says.')
    const { width, height } = await decodePicture(path)
    expect([width, height]).toEqual([30, 40])
  })

  test('16 bits become 8, and grey, one bit, palette, alpha and CMYK become red, green and blue', async () => {
    const reds = async (name: string, bytes: Buffer) => {
      const { pixels, width, height, planar } = await decodePicture(put(name, bytes))
      expect(pixels.length).toBe(3 * width * height)
      return Array.from({ length: width * height }, (_, i) => pixels[planar ? i : 3 * i])
    }
    expect(await reds('ramp.png', await ramp16())).toEqual([0, 1, 128, 255])
    expect(await reds('bit.png', await oneBit())).toEqual([255, 0, 255, 0])
    expect(await reds('alpha.png', await greyWithAlpha())).toEqual([10, 200])
    expect(await reds('palette.png', await plainPicture().png({ palette: true }).toBuffer())).toHaveLength(
      1200,
    )
    expect(await reds('cmyk.jpg', await plainPicture().toColourspace('cmyk').jpeg().toBuffer())).toHaveLength(
      1200,
    )
    await open()
  })
})

const cut = (bytes: Buffer): Buffer => bytes.subarray(0, Math.floor(bytes.length / 2))

test('fine lines come out as in PIL: nothing is shrunk while loading', async () => {
  const path = fileURLToPath(new URL('../golden/fine-lines.jpg', import.meta.url))
  const golden = JSON.parse(readFileSync(new URL('../golden/fine-lines.json', import.meta.url), 'utf8'))
  const source = { format: 'files', paths: { train: [path], test: [] } } as const
  const reader = openReader({ image: 'varied', source }, preprocessingPreset('aper-224'), {
    width: 224,
    height: 224,
  })
  const into = new Uint8Array(3 * 224 * 224)
  await reader.read('train', [0], into)
  expect([...into.subarray(100 * 224 + 100, 100 * 224 + 116)]).toEqual(golden.row)
  expect(createHash('sha256').update(into).digest('hex')).toBe(golden.sha256)
})

test('a picture that breaks after opening is named by the reader', async () => {
  const dataset = await open()
  if (dataset.source.format !== 'files') throw new Error('another format')
  const path = dataset.source.paths.train[3]
  const reader = openReader(dataset, preprocessingPreset('aper-224'), { width: 224, height: 224 })
  const into = new Uint8Array(3 * 224 * 224)
  writeFileSync(path, cut(readFileSync(path)))
  expect(await refusal(reader.read('train', [3], into))).toMatchObject({
    code: 'picture-broken',
    where: path,
  })
  rmSync(path)
  expect(await refusal(reader.read('train', [3], into))).toMatchObject({
    code: 'picture-missing',
    where: path,
  })
})

test('a preprocessing that does not lead to the input size is refused with the picture', async () => {
  const dataset = await open()
  const reader = openReader(dataset, preprocessingPreset('coda-224'), { width: 256, height: 256 })
  const error = await refusal(reader.read('train', [0], new Uint8Array(3 * 256 * 256)))
  expect(error.code).toBe('picture-not-input-size')
  expect(error.what).toContain('224×224 pixels; the network takes 256×256')
})

test('reading the same 200 JPEGs twenty times does not grow the process', async () => {
  rmSync(folder, { recursive: true })
  await makeToy6(folder, { train: 34, test: 1, width: 160, height: 120, extension: 'jpg' })
  const dataset = await open()
  const reader = openReader(dataset, preprocessingPreset('clofai-32'), { width: 32, height: 32 })
  const into = new Uint8Array(50 * 3072)
  const rss: number[] = []
  for (let pass = 0; pass < 20; pass++) {
    for (let start = 0; start < 200; start += 50) {
      await reader.read(
        'train',
        Array.from({ length: 50 }, (_, i) => start + i),
        into,
      )
    }
    rss.push(process.memoryUsage().rss)
  }
  reader.close()
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value) / values.length
  // The second quarter against the last; 20 MB of room for the collector's own rhythm in so small a process.
  expect(mean(rss.slice(15)) - mean(rss.slice(5, 10))).toBeLessThan(
    Math.max(20e6, 0.05 * mean(rss.slice(5, 10))),
  )
})
