import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDataset } from '../../src/datasets/index.ts'
import { writeLocks } from '../../src/harness/write-locks.ts'
import { layStream } from '../../src/streams/index.ts'
import { makeToy6 } from '../fixtures/toy6.ts'

async function laid(folder: string, test: number) {
  await makeToy6(folder, { test })
  const options = {
    data: folder,
    cache: mkdtempSync(join(tmpdir(), 'streambed-')),
    allowUnofficial: true,
    path: folder,
  }
  const dataset = await openDataset('image-folder', options)
  return [{ dataset, stream: layStream({ name: 'split-image-folder', tasks: 3, order: 'natural' }, dataset) }]
}

test('a results folder keeps one lock a stream, and says when the pictures behind it have changed', async () => {
  const results = mkdtempSync(join(tmpdir(), 'streambed-results-'))
  const scratch = () => mkdtempSync(join(tmpdir(), 'streambed-toy6-'))
  const first = await laid(scratch(), 6)
  expect(writeLocks(results, first)).toEqual([])
  const [name] = readdirSync(join(results, 'streams'))
  const path = join(results, 'streams', name)
  expect(name).toBe('split-image-folder.b0-inc2.natural.lock.json')
  expect(JSON.parse(readFileSync(path, 'utf8')).id).toBe(first[0].stream.id)
  const written = statSync(path).mtimeMs
  expect(writeLocks(results, first)).toEqual([])
  expect(statSync(path).mtimeMs).toBe(written)
  const remarks = writeLocks(results, await laid(scratch(), 5))
  expect(remarks).toHaveLength(1)
  expect(remarks[0]).toMatch(/is another stream than when this folder was last run\. .*test/)
})
