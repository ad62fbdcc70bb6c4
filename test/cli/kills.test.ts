import { copyFileSync, cpSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readEffort } from '../../src/embeddings/effort.ts'
import { readJournal } from '../../src/embeddings/journal.ts'
import { effortFile, journalFile } from '../../src/embeddings/layout.ts'
import { recordState } from '../../src/record/index.ts'
import { chance } from '../../src/tensor/index.ts'
import {
  packageFolder,
  recordsOf,
  removed,
  runFolders,
  start,
  streambed,
  workplace,
  written,
} from './streambed.ts'

/**
 * SIGKILL of the command and all that it started, at moments drawn at random: STREAMBED_KILLS of them (2 unless
 * told; 8 is the full check) while images are embedded and as many within the tasks of a method of three stages.
 */
const kills = Number(process.env.STREAMBED_KILLS ?? 2)
/** Of computing, that a kill may cost. */
const secondsAllowed = 5
const busyMilliseconds = 3

const folder = workplace()
const cache = join(folder, 'cache')
afterAll(() => removed(folder))

copyFileSync(join(packageFolder, 'test/fixtures/three-stages.ts'), join(folder, 'three-stages.ts'))
const suite = written(
  folder,
  'kills.yaml',
  `name: kills
streams: [{ name: split-procedural, tasks: 2 }]
backbones: [mini-resnet]
methods:
  - nmc
  - name: ./three-stages.ts
    options: { busyMilliseconds: ${busyMilliseconds} }
`,
)

const run = (results: string, method: string, from = cache) => [
  ...['run', suite, '--only', method, '--cache', from, '--results', join(folder, results)],
]
const recordIn = (results: string, method: string) => recordsOf(join(folder, results, 'kills'))[`${method} 0`]

const undisturbed: Record<string, { factsHash: string; seconds: number }> = {}
let secondsEmbedding = 0
beforeAll(async () => {
  for (const method of ['nmc', 'three-stages']) {
    const { code, stderr } = await streambed(run('undisturbed', method))
    expect(code, stderr).toBe(0)
    const { factsHash, measurements } = recordIn('undisturbed', method)
    const end = measurements.at(-1)
    if (end?.kind !== 'end') throw new Error('the record has no end')
    undisturbed[method] = { factsHash, seconds: end.secondsWall }
  }
  secondsEmbedding = effort(cache).seconds
})

const lots = Array.from({ length: kills }, (_, i) => chance('kills', i))

test.each(lots.map((lot, i) => [i + 1, lot.float()] as const))(
  'kill %d of an extraction, at %f of it',
  async (number, share) => {
    const results = `extraction-${number}`
    const from = join(folder, `cache-${number}`)
    cpSync(join(cache, 'drawn'), join(from, 'drawn'), { recursive: true })
    const running = start(run(results, 'nmc', from))
    await running.says(/▸ embed/)
    await until(() => existsSync(join(from, 'embeddings')) && begun(from) > 0)
    await sleep(share * secondsEmbedding * 1000)
    running.signalAll('SIGKILL')
    expect((await running.ended).code).toBeNull()
    const kept = effort(from)

    const again = await streambed(run(results, 'nmc', from))
    expect(again.code, again.stderr).toBe(0)
    expect(recordIn(results, 'nmc').factsHash).toBe(undisturbed.nmc.factsHash)
    const { repeated, secondsRepeated, images } = effort(from)
    console.log(
      `extraction, kill ${number}: ${kept.images} of ${images} images kept, ${repeated} computed twice, ${secondsRepeated.toFixed(2)} s`,
    )
    expect(secondsRepeated).toBeLessThanOrEqual(secondsAllowed)
    expect(kept.images + repeated).toBeGreaterThanOrEqual(kept.begun)
  },
)

test.each(lots.map((lot, i) => [i + 1, lot.float()] as const))(
  'kill %d of a method of three stages, at %f of it',
  async (number, share) => {
    const results = `stages-${number}`
    const running = start(run(results, 'three-stages'))
    await running.says(/▸ three-stages/)
    const runs = join(folder, results, 'kills/runs')
    await until(() => existsSync(runs) && runFolders(runs).length > 0)
    await sleep(share * undisturbed['three-stages'].seconds * 1000)
    running.signalAll('SIGKILL')
    expect((await running.ended).code).toBeNull()
    const [place] = runFolders(runs)
    const state = recordState(place)

    const again = await streambed(run(results, 'three-stages'))
    expect(again.code, again.stderr).toBe(0)
    const { factsHash, measurements } = recordIn(results, 'three-stages')
    expect(factsHash).toBe(undisturbed['three-stages'].factsHash)
    const end = measurements.at(-1)
    if (end?.kind !== 'end' || end.secondsRepeated === undefined) throw new Error('the record has no end')
    console.log(
      `three stages, kill ${number} (${state}): ${end.stepsRepeated} steps done twice, ${end.secondsRepeated.toFixed(2)} s`,
    )
    expect(end.secondsRepeated).toBeLessThanOrEqual(secondsAllowed)
    // Each step is busy for that long at least, so steps and seconds tell the same.
    expect((end.stepsRepeated * busyMilliseconds) / 1000).toBeLessThanOrEqual(secondsAllowed)
  },
)

/** What was computed for the one entry of a cache, from its own files. */
function effort(from: string) {
  const [entry] = entries(from)
  const { segments } = readJournal(journalFile(entry))
  const images = segments.reduce((sum, { rows }) => sum + rows, 0)
  const { begun, seconds } = readEffort(effortFile(entry)) ?? { begun: 0, seconds: 0 }
  const repeated = Math.max(0, begun - images)
  return { images, begun, seconds, repeated, secondsRepeated: begun > 0 ? (seconds / begun) * repeated : 0 }
}

function begun(from: string): number {
  const [entry] = entries(from)
  return entry === undefined ? 0 : (readEffort(effortFile(entry))?.begun ?? 0)
}

function entries(from: string): string[] {
  const shelf = join(from, 'embeddings')
  return readdirSync(shelf)
    .filter((name) => /^[0-9a-f]{16}$/.test(name))
    .map((name) => join(shelf, name))
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5)
}
