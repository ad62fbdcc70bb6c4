import { describe, expect, test } from 'vitest'
import { baselines } from '../../baselines/index.ts'
import { bytesOf, type Learner, type Scores } from '../../src/method/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { isDeep, microBackbone, rearranged, savedParts, testImages, truth, walk } from './micro-stream.ts'

const aligned = { epochs: 2, alignmentEpochs: 2, samples: 16, temperature: 1 }
/** Of a joint run, a few epochs say as much as sixty; of a random layer, a few units as much as thousands. */
const shortened: Readonly<Record<string, Record<string, number>>> = {
  'joint.head': { epochs: 6 },
  ranpac: { projection: 40 },
  'ranpac.adapted': { projection: 40, epochs: 2 },
  slca: aligned,
  'slca.head': aligned,
  'slca++': { ...aligned, epochs: 1, alignmentEpochs: 1 },
  gdumb: { exemplars: 20, epochs: 2 },
  'gdumb.head': { exemplars: 20, epochs: 2 },
  'aper.finetune': { epochs: 2 },
  'aper.adapter': { epochs: 2 },
  'aper.vpt-shallow': { epochs: 2 },
  'aper.vpt-deep': { epochs: 2 },
  'aper.ssf': { epochs: 2 },
  'aper.bn': { epochs: 2, batch: 16 },
  l2p: { epochs: 1, batch: 16, pool: 4, length: 2, top: 2 },
  dualprompt: { epochs: 1, batch: 16, generalBlocks: 1, expertBlocks: 1, experts: 3, length: 3 },
  'coda-prompt': { epochs: 1, batch: 16, components: 6, tasks: 3, length: 4, blocks: 2 },
}
const short = (name: string) => shortened[name] ?? {}
/** A plus is spelt out in the name of a file. */
const fileOf = (name: string) => `${name.replaceAll('+', '-plus')}.ts`

test('every file of the shelf has its line in the list, and every line its file', async () => {
  const { readdirSync } = await import('node:fs')
  const files = readdirSync(new URL('../../baselines', import.meta.url)).filter(
    (file) => file.endsWith('.ts') && file !== 'index.ts',
  )
  expect(files.sort()).toEqual(baselines.map(({ name }) => fileOf(name)).sort())
  for (const { name, module } of baselines) expect(module.endsWith(`/baselines/${fileOf(name)}`)).toBe(true)
})

describe.each(baselines)('$name', ({ name, summary, load, module }) => {
  const scoresOf = async (learner: Learner, after = 2) => await learner.predict(testImages(after))

  test('is called in the list as it calls itself, and names its paper', async () => {
    const method = await load()
    expect(method).toMatchObject({ name, summary })
    expect(method.source).not.toBe('')
    const loaded = Object.values(await import(/* @vite-ignore */ module))
    expect(loaded).toContain(method)
  })

  test('imports nothing but streambed', async () => {
    const { readFileSync } = await import('node:fs')
    const text = readFileSync(new URL(module), 'utf8')
    const imports = [...text.matchAll(/from '([^']+)'|import\(/g)].map(([, from]) => from)
    // A feature-level variant is made of its neighbour.
    expect(imports.every((from) => from === 'streambed' || from?.startsWith('./'))).toBe(true)
  })

  test('with the same seed gives the same bits', async () => {
    const method = await load()
    const [a, b] = [
      await walk({ method, seed: 3, options: short(name) }),
      await walk({ method, seed: 3, options: short(name) }),
    ]
    expect(await scoresOf(b.learner)).toEqual(await scoresOf(a.learner))
    expect(savedParts(b.learner)).toEqual(savedParts(a.learner))
  })

  test('depends on the seed exactly if it says so', async () => {
    const method = await load()
    const [a, b] = [
      await walk({ method, seed: 3, options: short(name) }),
      await walk({ method, seed: 4, options: short(name) }),
    ]
    const equal = JSON.stringify(await scoresOf(a.learner)) === JSON.stringify(await scoresOf(b.learner))
    expect(equal).toBe(method.needs.seeded === false)
  })

  test('stopped at any step, or at every step, and resumed, gives the scores of the run that never stopped', async () => {
    const method = await load()
    const journey = async (stopAt?: number | 'all') => {
      const scores: Record<string, Scores>[] = []
      const { boundaries, learner } = await walk({
        method,
        seed: 1,
        options: short(name),
        stopAt,
        evaluate: async (after, asked) => {
          scores.push(await scoresOf(asked, after))
        },
      })
      return { boundaries, outcome: { scores, parts: savedParts(learner) } }
    }
    const { boundaries, outcome } = await journey()
    expect((await journey('all')).outcome).toEqual(outcome)
    // Whole networks take seconds to be made again: of their stops, by themselves, every fifth.
    const stride = isDeep(method) ? 5 : 1
    for (let at = 0; at < boundaries; at += stride) {
      expect((await journey(at)).outcome, `stop ${at}`).toEqual(outcome)
    }
  })

  test('when predicting changes nothing, and answers for each image whatever comes with it', async () => {
    const method = await load()
    await walk({
      method,
      seed: 2,
      options: short(name),
      async evaluate(after, learner, seen) {
        const images = testImages(after)
        const before = savedParts(learner)
        const together = await learner.predict(images)
        const columns = seen.length
        const row = (scores: Record<string, Scores>, i: number) =>
          Object.values(scores).map((of) => Array.from(of.subarray(i * columns, (i + 1) * columns)))

        const order = chance('shuffle').permutation(images.length)
        const shuffled = await learner.predict(rearranged(images, order))
        order.forEach((i, at) => {
          expect(row(shuffled, at)).toEqual(row(together, i))
        })
        for (let i = 0; i < images.length; i++) {
          expect(row(await learner.predict(rearranged(images, [i])), 0)).toEqual(row(together, i))
        }
        expect(await learner.predict(images)).toEqual(together)
        expect(savedParts(learner)).toEqual(before)
      },
    })
  })

  test('scores every class seen, no other, with finite numbers, by the names it declared', async () => {
    const method = await load()
    await walk({
      method,
      seed: 0,
      options: short(name),
      async evaluate(after, learner, seen) {
        const images = testImages(after)
        const scores = await learner.predict(images)
        expect(Object.keys(scores)).toEqual(Object.keys(method.classifiers))
        for (const [classifier, of] of Object.entries(scores)) {
          expect(of).toBeInstanceOf(Float32Array)
          expect(of.length).toBe(images.length * seen.length)
          expect(of.every(Number.isFinite)).toBe(true)
          if (method.classifiers[classifier] !== 'probabilities') continue
          for (let i = 0; i < of.length; i += seen.length) {
            expect(of.subarray(i, i + seen.length).reduce((a, b) => a + b)).toBeCloseTo(1, 5)
          }
        }
        const none = await learner.predict(rearranged(images, []))
        for (const of of Object.values(none)) expect(of.length).toBe(0)
      },
    })
  })

  test('does not write to its labels, and its losses are finite', async () => {
    const method = await load()
    const frozen = {
      ...method,
      async start(context: Parameters<typeof method.start>[0]) {
        const learner = await method.start(context)
        return {
          ...learner,
          stages: (task: Parameters<Learner['stages']>[0]) =>
            learner.stages(task).map((stage) =>
              'steps' in stage
                ? stage
                : {
                    ...stage,
                    async step(...[batch, place]: Parameters<typeof stage.step>) {
                      const labels = batch.labels.slice()
                      const report = await stage.step(batch, place)
                      expect(batch.labels).toEqual(labels)
                      return report
                    },
                  },
            ),
        }
      },
    }
    const { losses } = await walk({ method: frozen, seed: 0, options: short(name) })
    expect(losses.every(Number.isFinite)).toBe(true)
    expect(losses.length > 0).toBe(method.needs.gradients !== 'none')
  })

  test('answers, in no class at all, before anything has appeared', async () => {
    const method = await load()
    const learner = await method.start({
      backbone: microBackbone(method),
      options: method.options,
      random: (purpose) => chance(purpose) as never,
      scenario: 'class-incremental',
      count: () => {},
    })
    for (const of of Object.values(await learner.predict(testImages(0)))) expect(of.length).toBe(0)
  })

  test('counts the same operations in every run, whole numbers of them', async () => {
    const method = await load()
    const counted = async () => {
      let operations = 0
      await walk({ method, seed: 5, options: short(name), count: (n) => (operations += n) })
      return operations
    }
    const once = await counted()
    expect(Number.isSafeInteger(once)).toBe(true)
    expect(await counted()).toBe(once)
    if (name !== 'chance') expect(once).toBeGreaterThan(0)
  })

  test('keeps what its parts say in bytes', async () => {
    const { learner } = await walk({ method: await load(), seed: 0, options: short(name) })
    for (const part of Object.values(learner.parts)) {
      if ('bytes' in part) expect((part as unknown as { bytes(): number }).bytes()).toBe(bytesOf(part.save()))
    }
    expect(bytesOf(savedParts(learner))).toBeGreaterThan(0)
  })
})

test('on easy classes replay beats naive, and joint and class means are well above chance', async () => {
  const accuracy = async (name: string, seed = 0) => {
    const method = await baselines.find((baseline) => baseline.name === name)!.load()
    // A few dozen images are too few for one epoch of a head to learn, or forget, anything.
    const epochs: Record<string, number> = 'epochs' in method.options ? { epochs: 30 } : {}
    const { learner, seen } = await walk({
      method: { ...method, options: { ...method.options, ...epochs } },
      seed,
    })
    const images = testImages(2)
    const scores = Object.values(await learner.predict(images))[0]
    const right = truth(images).filter((label, i) => {
      const row = scores.subarray(i * seen.length, (i + 1) * seen.length)
      return seen[row.indexOf(Math.max(...row))] === label
    })
    return right.length / images.length
  }
  const [naive, er, joint, nmc] = [
    await accuracy('naive.head'),
    await accuracy('er.head'),
    await accuracy('joint.head'),
    await accuracy('nmc'),
  ]
  expect(joint).toBeGreaterThan(0.8)
  expect(er).toBeGreaterThan(naive)
  expect(nmc).toBeGreaterThan(0.8)
  expect(await accuracy('chance')).toBeLessThan(0.5)
})
