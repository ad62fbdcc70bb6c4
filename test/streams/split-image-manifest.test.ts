import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Dataset, openDataset } from '../../src/datasets/index.ts'
import { findStream, layStream, lockOf } from '../../src/streams/index.ts'
import { writeManifest } from '../fixtures/manifest.ts'
import { makeToy6 } from '../fixtures/toy6.ts'

let home: string
let folder: Dataset
let manifest: Dataset

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'split-manifest-'))
  const toy6 = await makeToy6(join(home, 'toy6'), { train: 3, test: 2, width: 8, height: 8 })
  const options = { data: home, cache: join(home, 'cache'), allowUnofficial: false }
  folder = await openDataset('image-folder', { ...options, path: toy6 })
  manifest = await openDataset('image-manifest', { ...options, path: writeManifest(toy6) })
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

test.each(['natural', 'numpy:1993', 'torch:7'])(
  'the same pictures are the same stream, in a folder and in a manifest: order %s (M4)',
  (order) => {
    const left = layStream({ name: 'split-image-folder', order }, folder)
    const right = layStream({ name: 'split-image-manifest', order }, manifest)
    expect(right.id).toBe(left.id)
    expect(right.family).toBe(left.family)
    // All that a run sees is equal; names and notes are for people.
    const seen = ({ labelOf, classes, tasks, events, chunks, scenario, order }: typeof left) => {
      return { labelOf, classes, tasks, events, chunks, scenario, order }
    }
    expect(seen(right)).toEqual(seen(left))
    const locks = [lockOf(left, folder), lockOf(right, manifest)]
    expect(locks[1]).toEqual({
      ...locks[0],
      stream: 'split-image-manifest/b0-inc2',
      dataset: { name: 'image-manifest', id: folder.id },
    })
  },
)

test('another class order is another stream (S4)', () => {
  const laid = (order: string) => layStream({ name: 'split-image-manifest', order }, manifest)
  expect(laid('natural').id).not.toBe(laid('numpy:1993').id)
  expect(laid('natural').family).not.toBe(laid('numpy:1993').family)
})

test('both say what their path is', () => {
  expect(findStream('split-image-folder').takesPath).toBe('the folder of your pictures')
  expect(findStream('split-image-manifest').takesPath).toBe('the CSV file that lists your pictures')
})
