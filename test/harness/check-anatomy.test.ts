import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { prepare } from '../../src/harness/prepare.ts'

const folder = mkdtempSync(join(tmpdir(), 'streambed-anatomy-'))
const prepared = (methods: string, backbone: string) => {
  const suite = join(folder, 'suite.yaml')
  writeFileSync(
    suite,
    `name: anatomy\nstreams: [split-procedural]\nbackbones: [${backbone}]\nmethods: [${methods}]\n`,
  )
  return prepare({ suite, data: folder, cache: folder, results: folder })
}

test('a method about Transformers is refused on a network without blocks, before anything runs', async () => {
  await expect(prepared('aper.adapter', 'mini-resnet')).rejects.toMatchObject({
    code: 'vit-blocks-not-found',
    what: expect.stringContaining('aper.adapter can’t train mini-resnet'),
    mend: expect.stringContaining('exclude: [{ backbone: mini-resnet, method: aper.adapter'),
  })
})

test('a method about batch normalisation is refused on a network that has none', async () => {
  await expect(prepared('aper.bn', 'mini-vit')).rejects.toMatchObject({ code: 'no-batch-normalization' })
})

test('each finds what it needs in the network that has it', async () => {
  expect((await prepared('aper.adapter, naive', 'mini-vit')).runs.length).toBe(2)
  expect((await prepared('aper.bn, naive', 'mini-resnet')).runs.length).toBe(2)
})

test('an option about batch normalisation that finds none is told', async () => {
  const method = '{ name: naive, options: { batchNorm: training } }'
  expect((await prepared(method, 'mini-vit')).notes.join()).toContain(
    'naive: batchNorm: training changes nothing on mini-vit, whose file has no BatchNormalization',
  )
  expect((await prepared(method, 'mini-resnet')).notes.join()).not.toContain('batchNorm')
})
