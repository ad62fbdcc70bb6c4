import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type OpenOptions, openDataset } from '../../src/datasets/index.ts'
import { layStream } from '../../src/streams/index.ts'

let data: string
let options: OpenOptions
beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'cifake-'))
  options = { data, cache: join(data, 'cache'), allowUnofficial: false }
  let made = 0
  for (const [split, each] of [
    ['train', 3],
    ['test', 2],
  ] as const) {
    for (const object of ['cat', 'ship']) {
      for (const name of ['REAL', 'FAKE']) {
        const folder = join(data, 'cifake', split, object, name)
        mkdirSync(folder, { recursive: true })
        for (let i = 0; i < each; i++) {
          const raw = Uint8Array.from({ length: 3072 }, (_, at) => (at * 7 + made * 41) % 256)
          const jpeg = await sharp(raw, { raw: { width: 32, height: 32, channels: 3 } })
            .jpeg()
            .toBuffer()
          // The same names everywhere: what tells pictures apart is where they lie.
          writeFileSync(join(folder, `${i}.jpg`), jpeg)
          made++
        }
      }
    }
  }
})
afterEach(() => rmSync(data, { recursive: true, force: true }))

const folder = (...parts: string[]) => join(data, 'cifake', ...parts)

test('labels are fake and real, and domains are what is shown', async () => {
  const dataset = await openDataset('cifake', options)
  expect(dataset.classes).toEqual(['FAKE', 'REAL'])
  expect(dataset.domains?.names).toEqual(['cat', 'ship'])
  expect(dataset.notes[0]).toMatch(/12 train and 8 test images; no checksum/)
  if (dataset.source.format !== 'files') throw new Error('read from files')
  for (const split of ['train', 'test'] as const) {
    for (const [row, path] of dataset.source.paths[split].entries()) {
      const [object, name] = path.split('/').slice(-3)
      expect(dataset.classes[dataset.splits[split].labels[row]]).toBe(name)
      expect(dataset.domains!.names[dataset.domains!.of[split][row]]).toBe(object)
    }
  }
})

test('its stream shows one kind of object after another', async () => {
  const stream = layStream({ name: 'cifake-objects' }, await openDataset('cifake', options))
  expect(stream.tasks.map(({ name, test: rows }) => [name, rows.length])).toEqual([
    ['cat', 4],
    ['ship', 4],
  ])
  expect(stream.chunks.map(({ length }) => length)).toEqual([6, 6])
  expect(stream.classes).toEqual(['FAKE', 'REAL'])
})

test.each([
  ['the whole', () => folder(), 'data-missing'],
  ['a split', () => folder('test'), 'data-missing'],
  ['a label', () => folder('train', 'cat', 'FAKE'), 'folder-layout'],
  ['an object of one split', () => folder('test', 'ship'), 'class-not-in-both'],
])('without %s it is refused by name', async (_, gone, code) => {
  rmSync(gone(), { recursive: true })
  await expect(openDataset('cifake', options)).rejects.toMatchObject({ code })
})

test('an empty folder is refused, and what desktops leave behind is passed over', async () => {
  writeFileSync(folder('train', '.DS_Store'), '')
  expect((await openDataset('cifake', options)).notes.join(' ')).toMatch(/1 entry passed over: \.DS_Store/)
  rmSync(folder('train', 'cat', 'REAL'), { recursive: true })
  mkdirSync(folder('train', 'cat', 'REAL'))
  await expect(openDataset('cifake', options)).rejects.toMatchObject({
    code: 'class-empty',
    where: folder('train', 'cat', 'REAL'),
  })
})
