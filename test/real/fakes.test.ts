import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { fakeMakers } from '../../src/datasets/fake-makers/index.ts'
import { type Dataset, openDataset, openReader } from '../../src/datasets/index.ts'
import { preprocessingPreset } from '../../src/pictures/index.ts'
import { layStream } from '../../src/streams/index.ts'

const data = process.env.STREAMBED_DATA ?? ''
/** Where CIFAR-10 is, whole or in part. */
const real = [join(data, 'cifar-10-part'), data].find((folder) =>
  existsSync(join(folder, 'cifar-10-binary.tar.gz')),
)
const cache = mkdtempSync(join(tmpdir(), 'streambed-fakes-'))
afterAll(() => rmSync(cache, { recursive: true, force: true }))

const without = real === undefined && 'STREAMBED_DATA has no cifar-10-binary.tar.gz'
describe.skipIf(without)(`fakes of real pictures${without ? ` (skipped: ${without})` : ''}`, () => {
  test('the roughness of a picture alone does not tell any maker’s fakes from real ones', async () => {
    const dataset = await openDataset('procedural-fakes', { data: real!, cache, allowUnofficial: true })
    const stream = layStream({ name: 'procedural-fakes' }, dataset)
    expect(stream.tasks.map(({ name }) => name)).toEqual(fakeMakers.map(({ name }) => name))
    for (const task of stream.tasks) {
      const trace = await finest(dataset, task.test)
      const auc = areaUnder(trace.real, trace.fake)
      expect(Math.max(auc, 1 - auc), task.name).toBeLessThan(0.75) // measured 0.59 to 0.68
    }
  })
})

const cifake = !existsSync(join(data, 'cifake')) && 'STREAMBED_DATA has no cifake/'
describe.skipIf(cifake)(`CIFAKE${cifake ? ` (skipped: ${cifake})` : ''}`, () => {
  test('its pictures are 32×32, real and fake of ten kinds of object', async () => {
    const dataset = await openDataset('cifake', { data, cache, allowUnofficial: false })
    expect(dataset.image).toEqual({ width: 32, height: 32 })
    const stream = layStream({ name: 'cifake-objects' }, dataset)
    expect(stream.tasks).toHaveLength(10)
    expect(stream.classes).toEqual(['FAKE', 'REAL'])
    for (const { test: rows } of stream.tasks) {
      const fakes = rows.filter((row) => dataset.splits.test.labels[row] === 0).length
      expect(fakes / rows.length).toBeCloseTo(0.5)
    }
  })
})

/** The mean step between neighbours, of each picture. */
async function finest(dataset: Dataset, rows: Uint32Array): Promise<{ real: number[]; fake: number[] }> {
  const reader = openReader(dataset, preprocessingPreset('clofai-32'), { width: 32, height: 32 })
  const pixels = new Uint8Array(3072 * rows.length)
  await reader.read('test', rows, pixels)
  reader.close()
  const steps: { real: number[]; fake: number[] } = { real: [], fake: [] }
  for (const [i, row] of rows.entries()) {
    let sum = 0
    for (let at = 3072 * i; at < 3072 * (i + 1) - 1; at++) sum += Math.abs(pixels[at + 1] - pixels[at])
    steps[dataset.splits.test.labels[row] === 0 ? 'fake' : 'real'].push(sum / 3072)
  }
  return steps
}

/** The probability that a real picture has the larger number. */
function areaUnder(real: readonly number[], fake: readonly number[]): number {
  const wins = real.reduce(
    (sum, a) => sum + fake.filter((b) => a > b).length + fake.filter((b) => a === b).length / 2,
    0,
  )
  return wins / (real.length * fake.length)
}
