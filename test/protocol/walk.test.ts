import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineMethod } from 'streambed'
import { expect, test } from 'vitest'
import { Trail, walk } from '../../src/protocol/index.ts'
import { type Evaluation, readRecord } from '../../src/record/index.ts'
import { microWalk } from '../fixtures/micro-stream.ts'
import { threeStages } from '../fixtures/three-stages.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'streambed-walk-'))
const never = new AbortController().signal
const silent = { stride: () => undefined, taskDone: () => undefined }

async function walked(plan: ReturnType<typeof microWalk>, place = folder()) {
  await walk(plan, new Trail(place, plan.manifest), { ...silent, signal: never })
  return readRecord(place)
}

test('the same seed gives the same facts to the bit, and another seed others', async () => {
  const first = await walked(microWalk(threeStages))
  const second = await walked(microWalk(threeStages))
  const other = await walked(microWalk(threeStages, { seed: 1 }))
  expect(first.state).toBe('finished')
  expect(second.factsHash).toBe(first.factsHash)
  expect(other.factsHash).not.toBe(first.factsHash)
})

test('the course of the losses stays with the record, by stage, as means over twentieths of it', async () => {
  const { events } = await walked(microWalk(threeStages))
  const learned = events.filter((event) => event.kind === 'learn')
  for (const { losses } of learned) {
    const means = Object.values(losses ?? {}).flat()
    expect(means.length).toBeGreaterThanOrEqual(20)
    expect(means.some((mean) => mean !== null && mean > 0)).toBe(true)
  }
})

test('a walk stopped after any step and resumed has the facts of one that never stopped', async () => {
  const whole = await walked(microWalk(threeStages, { tasks: 2 }))
  let stops = 0
  for (let stopAfter = 1; ; stopAfter += 2) {
    const place = folder()
    const plan = microWalk(threeStages, { tasks: 2 })
    const stopping = new AbortController()
    let strides = 0
    const trail = new Trail(place, plan.manifest)
    const outcome = await walk(plan, trail, {
      ...silent,
      stride: () => ++strides === stopAfter && stopping.abort(),
      signal: stopping.signal,
    }).catch((error) => error.code)
    trail.close()
    if (outcome !== 'interrupted') break
    stops++
    const resumed = await walked(microWalk(threeStages, { tasks: 2 }), place)
    expect(resumed.factsHash, `stopped after stride ${stopAfter}`).toBe(whole.factsHash)
  }
  expect(stops).toBeGreaterThan(25)
})

test('a walk killed without a word goes on from its last checkpoint, or anew, to the same facts', async () => {
  const whole = await walked(microWalk(threeStages))
  const place = folder()
  const plan = microWalk(threeStages)
  let strides = 0
  const dying = walk(plan, new Trail(place, plan.manifest), {
    ...silent,
    stride: () => {
      if (++strides === 60) throw new Error('the power went')
    },
    signal: never,
  })
  await expect(dying).rejects.toThrow('the power went')
  expect(readRecord(place).state).toBe('unfinished')
  const again = new Trail(place, plan.manifest)
  expect(again.repeats.steps).toBeGreaterThan(0)
  again.close()
  expect((await walked(microWalk(threeStages), place)).factsHash).toBe(whole.factsHash)
})

test('test images of all evaluated tasks arrive shuffled together, without labels', async () => {
  const seen: { keys: string[]; length: number }[] = []
  const spy = defineMethod({
    ...threeStages,
    start: async (context) => {
      const learner = await threeStages.start(context)
      return {
        ...learner,
        predict: (images) => {
          seen.push({ keys: Object.keys(images), length: images.length })
          return learner.predict(images)
        },
      }
    },
  })
  await walked(microWalk(spy))
  expect(seen.map(({ length }) => length)).toEqual([16, 32, 48])
  expect(new Set(seen.flatMap(({ keys }) => keys))).toEqual(new Set(['length']))
})

test('a method that sees all tasks at once is evaluated once, on everything', async () => {
  const joint = defineMethod({ ...threeStages, needs: { ...threeStages.needs, sees: 'all tasks at once' } })
  const record = await walked(microWalk(joint))
  const evaluations = record.events.filter((event): event is Evaluation => event.kind === 'evaluate')
  expect(evaluations.map(({ after, sets }) => [after, sets.map(({ task }) => task)])).toEqual([
    [2, [0, 1, 2]],
  ])
})

test('the prediction within the true task is one of its classes', async () => {
  const record = await walked(microWalk(threeStages))
  for (const event of record.events) {
    if (event.kind !== 'evaluate') continue
    let at = 0
    for (const { task, examples } of event.sets) {
      for (let i = 0; i < examples; i++, at++) expect(Math.floor(event.answers.sum.within[at] / 2)).toBe(task)
    }
  }
})

test('operations are counted as if nothing were cached, and evaluation is not charged', async () => {
  const { events } = await walked(microWalk(threeStages))
  const last = events.at(-1)
  if (last?.kind !== 'finished') throw new Error('not finished')
  expect(last.compute.flopsEmbed).toBe(120 * 1000) // 3 tasks × 40 images × 1,000
  // 16 + 32 + 48 test images × 1,000, and nothing else, since the method counts nothing when it predicts
  expect(last.compute.flopsEvaluate).toBe(96 * 1000)
  expect(last.compute.flopsTrain).toBe(3 * 3 * 32 * 6 * 2) // tasks × epochs × images learned × d × 2
  expect(last.compute.flopsPredictPerImage).toBe(1000)
  expect(last.stateBytes).toBeGreaterThan(2 * 6 * 6 * 8)
})

test('what a method chose by itself for a task stands in the record with it', async () => {
  const chooses: typeof threeStages = {
    ...threeStages,
    async start(context) {
      const learner = await threeStages.start(context)
      let latest = -1
      return {
        ...learner,
        stages(task) {
          latest = task.index
          return learner.stages(task)
        },
        chosen: () => ({ rate: { value: latest / 2, atEnd: latest === 0 } }),
      }
    },
  }
  const chosen = async (method: typeof threeStages) =>
    (await walked(microWalk(method))).events.flatMap((event) =>
      event.kind === 'learn' ? [event.chosen] : [],
    )
  expect(await chosen(chooses)).toEqual([
    { rate: { value: 0, atEnd: true } },
    { rate: { value: 0.5, atEnd: false } },
    { rate: { value: 1, atEnd: false } },
  ])
  expect(await chosen(threeStages)).toEqual([undefined, undefined, undefined])
})

test('a loss that is not finite is an error that says where, and which option to lower', async () => {
  const diverging = defineMethod({
    ...threeStages,
    options: { learningRate: 0.5 },
    start: async (context) => {
      const learner = await threeStages.start({ ...context, options: { busyMilliseconds: 0 } })
      return {
        ...learner,
        stages: (task) =>
          learner
            .stages(task)
            .map((stage) => ({ ...stage, step: () => ({ loss: task.index === 1 ? NaN : 1 }) })),
      }
    },
  })
  await expect(walked(microWalk(diverging))).rejects.toMatchObject({
    code: 'loss-not-finite',
    exit: 1,
    what: expect.stringContaining('task 2, stage sums, after 7 images (it never was finite)'),
    mend: 'Lower learningRate (now 0.5). Tasks 1 to 1 are stored.',
  })
})

test.each([
  ['NaN', 'scores-not-finite', (n: number) => new Float32Array(n).fill(NaN)],
  ['too few', 'scores-shape', (n: number) => new Float32Array(n - 1)],
])('scores that are %s stop the run by name', async (_, code, scores) => {
  const broken = defineMethod({
    ...threeStages,
    start: async (context) => ({
      ...(await threeStages.start(context)),
      predict: (images) => ({ sum: scores(images.length * 2), noise: scores(images.length * 2) }),
    }),
  })
  await expect(walked(microWalk(broken))).rejects.toMatchObject({ code, exit: 1 })
})
