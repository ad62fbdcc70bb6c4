import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { embeddingKey } from '../../src/embeddings/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { costOf, startChild } from './child-process.ts'
import { type SmallQuestion, smallQuestion } from './small-question.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streambed-processes-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Slow enough that a kill comes in the middle, and with rows so long that a stretch is full after 512 of them. */
const slow: SmallQuestion = { train: 5000, test: 201, dimension: 2048, layers: 12 }
const slowImages = 5201

function bytesIn(cache: string, shape: SmallQuestion): string[] {
  const entry = join(cache, 'embeddings', embeddingKey(smallQuestion(folder, shape)))
  return ['train', 'test'].map((split) => readFileSync(join(entry, `${split}.f32`), 'hex'))
}

const jobFor = (cache: string, shape: SmallQuestion) => ({ folder, cache, shape })

describe('killed at random moments', () => {
  test('an extraction ends with the same bytes, and no kill costs more than 5 s of computing', async () => {
    const calm = join(folder, 'calm')
    const killed = join(folder, 'killed')
    const undisturbed = await costOf(startChild(jobFor(calm, slow)))
    expect(undisturbed).toMatchObject({ embedded: slowImages, fromCache: 0, repeated: 0 })

    const random = chance('kills')
    let kills = 0
    for (let k = 0; k < 3; k++) {
      const child = startChild(jobFor(killed, slow))
      const moment = slowImages * (0.2 + 0.2 * (k + random.float()))
      await child.said((word) => word.kind === 'progress' && word.progress.done >= moment)
      await sleep(random.float() * 100)
      child.process.kill('SIGKILL')
      if ((await child.ended).signal === 'SIGKILL') kills++
    }
    expect(kills).toBeGreaterThanOrEqual(2)
    const last = await costOf(startChild(jobFor(killed, slow)))
    expect(bytesIn(killed, slow)).toEqual(bytesIn(calm, slow))
    expect(last.embedded + last.fromCache).toBe(slowImages)
    expect(last.fromCache).toBeGreaterThan(0) // the kills did not lose everything
    expect(last.repeated).toBeGreaterThan(0) // nor did the counter miss what they lost
    expect(last.repeatedSeconds).toBeLessThan(5 * kills)
    const leftovers = readdirSync(join(killed, 'embeddings')).filter((name) => !/^[0-9a-f]{16}$/.test(name))
    expect(leftovers).toEqual([])
  }, 180_000)
})

describe('two processes that ask for the same embeddings', () => {
  test('compute them once', async () => {
    const shape: SmallQuestion = { train: 3000, test: 200, layers: 4 }
    const cache = join(folder, 'cache')
    const [a, b] = await Promise.all([
      costOf(startChild(jobFor(cache, shape))),
      costOf(startChild(jobFor(cache, shape))),
    ])
    expect([a.embedded, b.embedded].sort((x, y) => x - y)).toEqual([0, 3200])
    expect([a.fromCache, b.fromCache].sort((x, y) => x - y)).toEqual([0, 3200])
    expect(a.repeated + b.repeated).toBe(0)
  }, 120_000)

  test('do not lose them when the one that computes is killed: the other takes over', async () => {
    const cache = join(folder, 'cache')
    const first = startChild(jobFor(cache, slow))
    await first.said((word) => word.kind === 'progress')
    const second = startChild(jobFor(cache, slow))
    await second.said((word) => word.kind === 'progress') // it waits, and says how far the first one is
    expect(second.words[0]).toMatchObject({
      progress: { waitingFor: expect.stringMatching(/process \d+/), total: slowImages },
    })
    first.process.kill('SIGKILL')
    await first.ended
    const killedAt = performance.now()
    await second.said((word) => word.kind === 'progress' && word.progress.waitingFor === undefined)
    expect(performance.now() - killedAt).toBeLessThan(10_000)
    const cost = await costOf(second)
    expect(cost.embedded + cost.fromCache).toBe(slowImages)
  }, 120_000)
})

describe('a full disk', () => {
  test.skipIf(process.platform === 'win32')(
    'ends with an error that can be mended, and what was kept before it stays good',
    async () => {
      const shape: SmallQuestion = { train: 3000, test: 10, dimension: 1024 }
      const cache = join(folder, 'cache')
      const megabytes = 9 // of 12.3
      const limited = { path: '/bin/bash', args: ['-c', `ulimit -f ${megabytes * 1024}; exec "$0" "$@"`] }
      smallQuestion(folder, shape) // before the limit, which its model would not keep
      const child = startChild(jobFor(cache, shape), limited)
      await child.ended
      expect(child.words.at(-1)).toMatchObject({ kind: 'failed', code: 'disk-full' })
      const cost = await costOf(startChild(jobFor(cache, shape)))
      expect(cost.fromCache).toBeGreaterThan(0)
      expect(cost.fromCache * 4096).toBeLessThan(megabytes << 20)
      const calm = join(folder, 'calm')
      await costOf(startChild(jobFor(calm, shape)))
      expect(bytesIn(cache, shape)).toEqual(bytesIn(calm, shape))
    },
    60_000,
  )

  test.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux')(
    'that can be foreseen is refused before anything is computed (needs root, to mount a small disk)',
    async (context) => {
      const disk = join(folder, 'disk')
      execFileSync('mkdir', [disk])
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', disk], { stdio: 'ignore' })
      } catch {
        context.skip('this container may not mount a small disk')
      }
      try {
        const child = startChild(jobFor(disk, { train: 3000, test: 10, dimension: 1024 }))
        await child.ended
        expect(child.words.at(-1)).toMatchObject({ kind: 'failed', code: 'disk-too-small' })
      } finally {
        execFileSync('umount', [disk])
      }
    },
    60_000,
  )
})

describe('resources', () => {
  test.skipIf(process.platform !== 'linux')(
    'on one allowed processor nothing is written to stderr',
    async (context) => {
      try {
        execFileSync('taskset', ['-c', '0', 'true'])
      } catch {
        context.skip('taskset is not installed')
      }
      const child = startChild(
        { ...jobFor(join(folder, 'cache'), { train: 40, test: 8 }), threads: 2 },
        { path: 'taskset', args: ['-c', '0'] },
      )
      expect(await costOf(child)).toMatchObject({ embedded: 48 })
      expect(child.stderr()).toBe('')
    },
  )

  test('memory does not grow with the number of images', async () => {
    const shape = (images: number): SmallQuestion => ({ train: images, test: 8, dimension: 256 })
    const short = await costOf(startChild(jobFor(join(folder, 'short'), shape(8_000))))
    const long = await costOf(startChild(jobFor(join(folder, 'long'), shape(80_000))))
    // The longer one's embeddings alone are 82 MB; garbage collection moves either peak by some 20 MB.
    expect(long.peakRss).toBeLessThan(1.05 * short.peakRss + 24e6)
  }, 120_000)
})
