import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeManifest } from '../fixtures/manifest.ts'
import { makeToy6, toyPicture } from '../fixtures/toy6.ts'
import { recordsOf, removed, streambed, workplace, written } from './streambed.ts'

const folder = workplace()
const cache = join(folder, 'cache')
const data = join(folder, 'data')
afterAll(() => removed(folder))

const suite = written(
  folder,
  'toy.yaml',
  `name: toy
streams:
  - { name: split-image-folder, path: toy6, tasks: 3, orders: [natural] }
backbones: [mini-resnet]
methods: [majority, nmc, naive.head, joint.head]
metrics: [accuracy.last@sample, accuracy.average@sample, forgetting@chaudhry18, bwt@lopezpaz17, learning-accuracy]
`,
)
const places = ['--data', data, '--cache', cache, '--results', join(folder, 'results')]

beforeAll(async () => {
  await makeToy6(join(data, 'toy6'), { train: 12, test: 8 })
})

test('a folder of pictures runs to a table in which naive training forgets and class means do not', async () => {
  const { code, stderr } = await streambed(['run', suite, ...places])
  expect(code, stderr).toBe(0)
  const report = await streambed(['report', join(folder, 'results/toy'), '--format', 'json'])
  const rows = JSON.parse(report.stdout).rows as {
    method: string
    metrics: Record<string, { mean: number | null }>
  }[]
  const of = (method: string, metric: string) =>
    rows.find((row) => row.method === method)!.metrics[metric].mean!

  for (const row of rows) {
    const accuracy = row.metrics['accuracy.last@sample'].mean
    expect(accuracy, row.method).toBeGreaterThanOrEqual(0)
    expect(accuracy, row.method).toBeLessThanOrEqual(1)
  }
  expect(of('majority', 'accuracy.last@sample')).toBeCloseTo(1 / 6)
  expect(of('nmc', 'accuracy.last@sample')).toBeGreaterThan(0.9) // six colours with grain
  expect(of('joint.head', 'accuracy.last@sample')).toBeGreaterThan(0.9)
  expect(of('naive.head', 'learning-accuracy')).toBeGreaterThan(0.6) // one step a task
  expect(of('naive.head', 'forgetting@chaudhry18')).toBeGreaterThan(0.3)
  expect(of('naive.head', 'bwt@lopezpaz17')).toBeLessThan(-0.3)
  expect(of('nmc', 'forgetting@chaudhry18')).toBeLessThan(0.1)
})

test('the R matrix of a run is that of its ledger: two classes a task, eight pictures a class', async () => {
  const { manifest, events } = recordsOf(join(folder, 'results/toy'))['naive.head 0']
  expect(manifest.stream.tasks.map(({ classes, train, test: asked }) => [classes, train, asked])).toEqual([
    [[0, 1], 24, 16],
    [[2, 3], 24, 16],
    [[4, 5], 24, 16],
  ])
  expect(manifest.stream.classes).toEqual(['amber', 'brick', 'cloud', 'dusk', 'elm', 'fog'])
  const evaluations = events.filter((event) => event.kind === 'evaluate')
  expect(evaluations.map(({ after, truth }) => [after, truth.length])).toEqual([
    [0, 16],
    [1, 32],
    [2, 48],
  ])
})

test('the same pictures in a list of paths give every metric to the last digit', async () => {
  writeManifest(join(data, 'toy6'))
  const listed = written(
    folder,
    'listed.yaml',
    readFileSync(suite, 'utf8')
      .replace('name: toy', 'name: listed')
      .replace('name: split-image-folder, path: toy6,', 'name: split-image-manifest, path: toy6/toy6.csv,'),
  )
  const { code, stderr } = await streambed(['run', listed, ...places])
  expect(code, stderr).toBe(0)
  const numbers = async (name: string) => {
    const { stdout } = await streambed(['report', join(folder, 'results', name), '--format', 'json'])
    const rows = JSON.parse(stdout).rows as { method: string; metrics: unknown }[]
    return rows.map(({ method, metrics }) => ({ method, metrics }))
  }
  expect(await numbers('listed')).toEqual(await numbers('toy'))
})

test('what desktops and notebooks leave behind makes no class and is told in one line', async () => {
  const toy = join(data, 'toy6')
  mkdirSync(join(toy, 'train/.ipynb_checkpoints'))
  await toyPicture(0, 'junk').toFile(join(toy, 'train/.ipynb_checkpoints/x.png'))
  mkdirSync(join(toy, '__MACOSX'))
  for (const file of ['.DS_Store', 'train/.DS_Store', 'train/amber/Thumbs.db'])
    writeFileSync(join(toy, file), '')

  const { code, stdout, stderr } = await streambed(['run', suite, ...places, '--only', 'nmc', '--force'])
  expect(code, stderr).toBe(0)
  const told = stderr.split('\n').filter((line) => line.includes('passed over'))
  expect(told).toHaveLength(1)
  for (const name of ['.ipynb_checkpoints', '2 × .DS_Store', 'Thumbs.db', '__MACOSX'])
    expect(told[0]).toContain(name)
  expect(stdout.match(/passed over/g)).toHaveLength(1)
  expect(recordsOf(join(folder, 'results/toy'))['nmc 0'].manifest.stream.classes).toHaveLength(6)
})

test('an empty class folder is refused by name before anything runs, and the record stays', async () => {
  mkdirSync(join(data, 'toy6/train/g'))
  const { code, stdout, stderr } = await streambed(['run', suite, ...places])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^✗ class-empty: The class “g” has no pictures\.\n {2}where {2}.*toy6\/train\/g\n/)
  expect(stderr).not.toContain('▸')
})
