import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { embeddingsOutstanding } from '../../src/embeddings/index.ts'
import { type Prepared, prepare } from '../../src/harness/prepare.ts'

const folder = mkdtempSync(join(tmpdir(), 'streambed-parts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const suite = join(folder, 'parts.yaml')
const settings = { suite, data: folder, cache: join(folder, 'cache'), results: join(folder, 'results') }
let prepared: Prepared
beforeAll(async () => {
  writeFileSync(
    suite,
    `name: parts
streams: [split-procedural, { name: split-procedural, images: { train: 10, test: 4 }, orders: [numpy:1, numpy:2] }]
backbones: [mini-resnet, { name: mini-resnet, size: 48 }]
methods: [nmc]
`,
  )
  prepared = await prepare(settings)
})

test('a part and a size show in the label, the folder and the id of each run', () => {
  const labels = prepared.runs.map(({ label }) => label)
  expect(labels).toContain('nmc · split-procedural/b0-inc4 numpy:1993 · mini-resnet · seed 0')
  expect(labels).toContain('nmc · split-procedural/b0-inc4-10pc-4test numpy:2 · mini-resnet@48px · seed 0')
  for (const all of [labels, prepared.runs.map(({ id }) => id), prepared.runs.map((run) => run.folder)]) {
    expect(new Set(all).size).toBe(6)
  }
  expect(prepared.runs.at(-1)!.manifest).toMatchObject({
    stream: { title: 'Split Shapes-20, B0-Inc4, 10 training and 4 test images a class' },
    backbone: { name: 'mini-resnet@48px', title: expect.stringMatching(/ at 48 px$/) },
  })
})

test('a part of a stream has a part of the images embedded, once for all class orders', () => {
  const of = (name: string, backbone: string) =>
    prepared.runs
      .filter(({ stream, features }) => stream.name.endsWith(name) && features.backbone.name === backbone)
      .map(({ features }) => embeddingsOutstanding(features))
  const whole = of('b0-inc4', 'mini-resnet')
  const parts = of('b0-inc4-10pc-4test', 'mini-resnet')
  expect(whole.map(({ total }) => total)).toEqual([20 * (100 + 32)])
  expect(parts.map(({ total }) => total)).toEqual([20 * (10 + 4), 20 * (10 + 4)])
  expect(parts[0].key).toBe(parts[1].key)
  expect(of('b0-inc4-10pc-4test', 'mini-resnet@48px')[0].key).not.toBe(parts[0].key)
})

test('the first tasks of a stream have their images embedded and no others', async () => {
  const file = join(folder, 'first.yaml')
  writeFileSync(
    file,
    `name: first
streams: [{ name: split-procedural, first: 2 }]
backbones: [mini-resnet]
methods: [nmc]
`,
  )
  const [{ features, stream }] = (await prepare({ ...settings, suite: file })).runs
  expect(embeddingsOutstanding(features).total).toBe(2 * 4 * (100 + 32))
  expect(stream.tasks).toHaveLength(2)
})

test('operations are those of the size', () => {
  const [own, sized] = prepared.backbones.map(({ operationsPerImage }) => operationsPerImage)
  expect(sized / own).toBeGreaterThan(1.5)
})

test('a record names the whole dataset, of which the stream’s id says the part', () => {
  const datasets = new Set(prepared.runs.map(({ manifest }) => manifest.stream.dataset))
  expect(datasets.size).toBe(1)
  expect(new Set(prepared.runs.map(({ manifest }) => manifest.stream.id)).size).toBe(3)
})

test('a rule names a backbone at one size, or at every size', async () => {
  const ruled = join(folder, 'ruled.yaml')
  const runs = async (backbone: string) => {
    const rule = `exclude: [{ stream: split-procedural, backbone: ${backbone}, reason: as a trial }]`
    const more = 'streams: [procedural-domains, '
    writeFileSync(ruled, `${readFileSync(suite, 'utf8').replace('streams: [', more)}${rule}\n`)
    return (await prepare({ ...settings, suite: ruled })).runs.map(({ features, stream }) => [
      stream.name.split('/')[0],
      features.backbone.name,
    ])
  }
  const ofSplit = (all: string[][]) =>
    new Set(all.filter(([name]) => name === 'split-procedural').map(String))
  expect(ofSplit(await runs('mini-resnet@48px'))).toEqual(new Set(['split-procedural,mini-resnet']))
  expect(ofSplit(await runs('mini-resnet'))).toEqual(new Set())
})

test('a part larger than the whole is told before anything runs', async () => {
  const greedy = join(folder, 'greedy.yaml')
  writeFileSync(greedy, readFileSync(suite, 'utf8').replace('train: 10', 'train: 101'))
  await expect(prepare({ ...settings, suite: greedy })).rejects.toMatchObject({
    errors: [expect.objectContaining({ code: 'stream-images-too-many', where: `${greedy} › streams[1]` })],
  })
})
