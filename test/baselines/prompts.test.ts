import { expect, test } from 'vitest'
import { codaPrompt } from '../../baselines/coda-prompt.ts'
import { dualprompt } from '../../baselines/dualprompt.ts'
import { l2p } from '../../baselines/l2p.ts'
import {
  among,
  type Method,
  mostFrequent,
  type Network,
  nearestKeys,
  type OptionValue,
} from '../../src/method/index.ts'
import { readModel } from '../../src/onnx/index.ts'
import { rearranged, testImages, truth, walk } from '../contracts/micro-stream.ts'
import { begun, labelsOf, learn, numbered, oracleBackbone } from './parity/deep.ts'
import { pictures, relativeError, stream } from './parity/golden.ts'

const count = () => {}

test('a query takes the keys at the smallest angles, whatever their lengths, and the earlier of two alike', async () => {
  const keys = Float32Array.of(0, 9, 1, 1, 5, 0, 2, 2)
  const queries = Float32Array.of(1, 0.1, 0.1, 0.2)
  const options = { dimension: 2, top: 3, count }
  expect([...(await nearestKeys(queries, keys, options))]).toEqual([2, 1, 3, 1, 3, 0])
  expect([...(await nearestKeys(queries, keys, { ...options, top: 1, among: 2 }))]).toEqual([1, 1])
  expect([...(await nearestKeys(queries.subarray(2), keys, options))]).toEqual([1, 3, 0])
})

test('a batch takes the keys that its images chose most often', () => {
  const chosen = Int32Array.of(4, 1, 2, 4, 0, 4, 3, 2)
  expect([...mostFrequent(chosen, { top: 2, pool: 5 })]).toEqual([4, 2, 4, 2, 4, 2, 4, 2])
  expect([...mostFrequent(Int32Array.of(3, 2, 1, 0), { top: 2, pool: 5 })]).toEqual([0, 1, 0, 1])
})

const small = {
  epochs: 2,
  batch: 8,
  learningRate: 0.02,
  pool: 6,
  length: 2,
  top: 2,
  drawnFrom: -1,
  drawnTo: 1,
}

test('one choice for a batch is a way of learning: an answer is still of its image alone', async () => {
  const walked = (choice: string) => walk({ method: l2p as never, seed: 0, options: { ...small, choice } })
  const [shared, single] = [await walked('batch'), await walked('image')]
  expect(shared.losses).not.toEqual(single.losses)
  const images = testImages(2)
  const { head: together } = await shared.learner.predict(images)
  for (const i of [0, 11, 30]) {
    const { head: alone } = await shared.learner.predict(rearranged(images, [i]))
    expect(alone).toEqual(together.slice(6 * i, 6 * i + 6))
  }
})

const dual = { generalBlocks: 1, generalLength: 2, experts: 3, expertBlocks: 1, length: 2 }
const coda = { components: 6, tasks: 3, length: 4, blocks: 2 }
const prompted: [string, object, Record<string, OptionValue>][] = [
  ['l2p', l2p, { pool: 6, length: 2, top: 2, drawnFrom: -1, drawnTo: 1 }],
  ['dualprompt', dualprompt, { ...dual, drawnFrom: -1, drawnTo: 1 }],
  ['coda-prompt', codaPrompt, coda],
]

/** After a task of the oracles' stream, what of these weights is as it was. */
async function learned(
  method: object,
  options: Record<string, OptionValue>,
  names: readonly string[],
  tasks = [0, 1],
) {
  const learner = await begun(method as Method, 'vit.onnx', {
    options: { learningRate: 0.02, batch: 8, epochs: 5, ...options },
  })
  const network = learner.parts.network as Network
  const all = () => Promise.all(names.map((name) => network.weight(name)))
  const seen: Float32Array[][] = []
  for (const task of tasks) {
    const classes = [3 * task, 3 * task + 1, 3 * task + 2]
    learner.newClasses?.(classes)
    if (task === 0) seen.push(await all())
    await learn(learner.stages({ index: task, classes })[0], task, async () => {})
    seen.push(await all())
  }
  return { learner, seen }
}

test('an expert learns in its own task and at no other time; the general prompt learns in all', async () => {
  const { seen } = await learned(dualprompt, dual, ['prefix.0.keys', 'expert.1.keys', 'pool.keys'])
  const [start, first, second] = seen
  const expert = (of: Float32Array[], e: number) => of[1].slice(e * 32, e * 32 + 32)
  const key = (of: Float32Array[], e: number) => of[2].slice(e * 16, e * 16 + 16)
  for (const part of [expert, key]) {
    expect(part(first, 0)).not.toEqual(part(start, 0))
    expect(part(second, 0)).toEqual(part(first, 0))
    expect(part(first, 1)).toEqual(part(start, 1))
    expect(part(second, 1)).not.toEqual(part(first, 1))
    expect(part(second, 2)).toEqual(part(start, 2))
  }
  expect(first[0]).not.toEqual(start[0])
  expect(second[0]).not.toEqual(first[0])
})

test('components move in the task that opens them; older ones weigh in, and later ones do not', async () => {
  const names = [0, 1, 2].flatMap((t) =>
    ['prompts', 'keys', 'attention'].map((part) => `component.1.${t}.${part}`),
  )
  const { learner, seen } = await learned(codaPrompt, coda, names)
  const [start, first, second] = seen
  const task = (of: Float32Array[], t: number) => of.slice(3 * t, 3 * t + 3)
  for (const i of [0, 1, 2]) {
    expect(task(first, 0)[i]).not.toEqual(task(start, 0)[i])
    expect(task(second, 1)[i]).not.toEqual(task(first, 1)[i])
  }
  expect(task(second, 0)).toEqual(task(first, 0))
  expect([task(first, 1), task(second, 2)]).toEqual([task(start, 1), task(start, 2)])

  const network = learner.parts.network as Network
  const { head: before } = await learner.predict(numbered(stream.test))
  const flat = await network.weights()
  const without = async (t: number) => {
    const changed = flat.slice()
    const at = await placeOf(network, `component.1.${t}.prompts`)
    changed.fill(0, at.from, at.to)
    await network.setWeights(changed)
    const { head } = await learner.predict(numbered(stream.test))
    await network.setWeights(flat)
    return head
  }
  expect(await without(0)).not.toEqual(before)
  expect(await without(1)).not.toEqual(before)
  expect(await without(2)).toEqual(before)
})

/** Where a weight lies among all: the one place where its values are. */
async function placeOf(network: Network, name: string) {
  const [flat, own] = [await network.weights(), await network.weight(name)]
  const from = flat.findIndex((_, at) => own.every((value, i) => flat[at + i] === value))
  return { from, to: from + own.length }
}

test.each(prompted)('%s learns: a task of the small stream is known after it', async (_, method, options) => {
  const { learner, losses, seen } = await walk({
    method: method as Method,
    seed: 0,
    options: { ...options, learningRate: 0.02, batch: 8, epochs: 12 },
  })
  expect(losses.slice(-5).every((loss) => loss < losses[0])).toBe(true)
  const images = testImages(2)
  const { head } = await learner.predict(images)
  const right = truth(images).map((label, i) => {
    const row = head.subarray(seen.length * i, seen.length * (i + 1))
    return Number(seen[row.indexOf(Math.max(...row))] === label)
  })
  expect(right.reduce((a, b) => a + b) / right.length).toBeGreaterThan(1.5 / 6)
})

test.each(prompted)(
  '%s costs about two passes forward beside the query: nothing is paid for the gradients of frozen weights',
  async (_, method, options) => {
    const images = numbered(stream.batches[0][0])
    let operations = 0
    const learner = await begun(method as Method, 'vit.onnx', {
      options: { ...options, batch: 8 },
      count: (n) => (operations += n),
    })
    learner.newClasses?.([0, 1, 2])
    const [stage] = learner.stages({ index: 0, classes: [0, 1, 2] })
    if ('steps' in stage) throw new TypeError('no stage over images')
    await learner.predict(images)
    const forward = operations
    operations = 0
    const place = { task: 0, epoch: 0, epochs: 1, step: 0, steps: 1, overall: 0 }
    await stage.step({ images, labels: labelsOf(images.ids) }, place)
    const ratio = operations / forward
    expect(ratio).toBeGreaterThan(1.6)
    expect(ratio).toBeLessThan(2.6)
  },
)

test('a batch that is cut into parts pulls keys as a whole one does', async () => {
  const { learner } = await learned(l2p, { pool: 6, length: 2, top: 2, pull: 3 }, ['pool.keys'], [0])
  const network = learner.parts.network as Network
  const ids = stream.tasks[0].slice(0, 12) // a Transformer takes eight at a time
  const examples = async (some: readonly number[]) => ({
    rows: pictures(some),
    targets: among(network, network.targets(labelsOf(some))),
    extra: {
      'pool.query': await oracleBackbone('vit.onnx').embed(numbered(some)),
      'pool.chosen': Float32Array.from({ length: some.length * 12 }, (_, i) =>
        Number([0, 7].includes(i % 12)),
      ),
    },
  })
  const whole = await network.gradients(await examples(ids))
  const parts = [await network.gradients(await examples(ids.slice(0, 6)))]
  parts.push(await network.gradients(await examples(ids.slice(6))))
  expect(whole.loss).toBeCloseTo((parts[0].loss + parts[1].loss) / 2, 5)
  const mean = whole.gradients.map((_, i) => (parts[0].gradients[i] + parts[1].gradients[i]) / 2)
  expect(relativeError(whole.gradients, mean)).toBeLessThan(1e-5)
})

test('a prompted network is an .onnx file that is told which prompts to take', async () => {
  const { learner } = await learned(l2p, { pool: 6, length: 2, top: 2 }, ['pool.keys'], [0])
  const file = await (learner.parts.network as Network).export()
  const { graph } = readModel(file, 'exported')
  expect(graph.inputs.map(({ name }) => name)).toEqual(['pixels', 'pool.chosen'])
  expect(graph.outputs.map(({ name }) => name)).toEqual(['prompted', 'scores'])
})

test.each([
  ['dualprompt', dualprompt, { ...dual, experts: 1 }, 'experts-used-up'],
  ['coda-prompt', codaPrompt, { ...coda, tasks: 1 }, 'components-used-up'],
])('%s says when there are more tasks than it was told', async (_, method, options, code) => {
  const learner = await begun(method as unknown as Method, 'vit.onnx', { options })
  expect(() => learner.stages({ index: 1, classes: [3, 4, 5] })).toThrow(expect.objectContaining({ code }))
})
