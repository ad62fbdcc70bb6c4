import { expect, test } from 'vitest'
import { aperAdapter } from '../../../baselines/aper.adapter.ts'
import { aperBn } from '../../../baselines/aper.bn.ts'
import { aperFinetune } from '../../../baselines/aper.finetune.ts'
import { aperSsf } from '../../../baselines/aper.ssf.ts'
import { aperVptDeep } from '../../../baselines/aper.vpt-deep.ts'
import { aperVptShallow } from '../../../baselines/aper.vpt-shallow.ts'
import type { AdaptedOnce, ClassMeans, Method, OptionValue } from '../../../src/method/index.ts'
import {
  findBlocks,
  type Rewritten,
  ssfPlaces,
  withAdapters,
  withPrompts,
  withSsf,
} from '../../../src/rewriting/index.ts'
import { chance } from '../../../src/tensor/index.ts'
import { begun, layoutOf, learn, numbered, oracleBackbone, passOver } from './deep.ts'
import {
  backbone,
  fingerprint,
  golden,
  goldens,
  headColumns,
  relativeError,
  type Subject,
  stream,
} from './golden.ts'

const vit = backbone('vit.onnx')
const blocks = await findBlocks(vit)
const random = chance('parity')

interface Variant {
  method: Method<never>
  options: Record<string, OptionValue>
  rewritten?: Rewritten
}
const of = (method: object, options: Record<string, OptionValue>, rewritten?: Rewritten): Variant => ({
  method: method as Method<never>,
  options,
  ...(rewritten && { rewritten }),
})
const prompts = (depth: 'shallow' | 'deep') => withPrompts(vit, blocks, { tokens: 2, depth, random })
const variants: Readonly<Record<string, Variant>> = {
  'aper-finetune': of(aperFinetune, {}),
  'aper-adapter': of(
    aperAdapter,
    { bottleneck: 4, dropout: 0 },
    withAdapters(vit, blocks, { bottleneck: 4, random }),
  ),
  'aper-vpt-shallow': of(aperVptShallow, { tokens: 2 }, await prompts('shallow')),
  'aper-vpt-deep': of(aperVptDeep, { tokens: 2 }, await prompts('deep')),
  'aper-ssf': of(aperSsf, {}, withSsf(vit, ssfPlaces(blocks), { random })),
}

/** The oracle numbers the places of SSF in the order in which they run: ssf.0.gamma, ssf.0.beta, ssf.1.gamma … */
function oracleNames({ rewritten }: Variant): (name: string) => string {
  const names = new Map(
    rewritten?.trainable.map(({ name }, i) => [name, `ssf.${i >> 1}.${i % 2 === 0 ? 'gamma' : 'beta'}`]),
  )
  return (name) => (name.startsWith('ssf.') ? names.get(name)! : name)
}

type AdaptedState = { learner: { weights: Float32Array; statistics: Record<string, Float32Array> } }
const stateOf = (part: AdaptedOnce) => part.save() as unknown as AdaptedState

const all = Object.keys(variants).flatMap((name) =>
  goldens[name].map((subject): [string, Subject] => [name, subject]),
)

test.each(all)('%s on %s: adapts once as PyTorch does, and has its prototypes', async (name, subject) => {
  const wanted = golden(name, subject)
  const { method, options, rewritten } = variants[name]
  const called = oracleNames(variants[name])
  const learner = await begun(method as Method, wanted.network, {
    options: {
      ...options,
      learningRate: wanted.settings.lr,
      weightDecay: wanted.settings.weight_decay,
      batch: 8,
      epochs: 5,
      batchNorm: wanted.batchNorm ?? 'frozen',
    },
  })
  const adapted = learner.parts.adapted as AdaptedOnce
  const layout = await layoutOf(wanted.network, { ...(rewritten && { rewritten }), head: 'cosine' })

  // As the oracle begins: the head's first columns, and what it put into the network.
  learner.newClasses?.([0, 1, 2])
  await adapted.features(numbered([0]))
  const state = structuredClone(adapted.save()) as unknown as AdaptedState
  const weights = layout(state.learner.weights)
  const put = new Map([...headColumns(0, 3)].filter(([part]) => part !== 'head.bias'))
  if (rewritten) for (const [part, floats] of wanted.group('weights at the start')) put.set(part, floats)
  let found = 0
  for (const [part, values] of weights) {
    const given = put.get(called(part))
    if (given === undefined) continue
    values.set(given.data)
    found++
  }
  expect(found).toBe(put.size)
  expect(weights.get('head.scale')).toEqual(Float32Array.of(1))
  adapted.load(state as never)

  const [losses, fingerprints]: number[][] = [[], []]
  const images = numbered(stream.test)
  for (const task of [0, 1, 2]) {
    const classes = [3 * task, 3 * task + 1, 3 * task + 2]
    if (task > 0) learner.newClasses?.(classes)
    const stages = learner.stages({ index: task, classes })
    expect(stages.map((stage) => stage.name)).toEqual(task === 0 ? ['adapt', 'prototypes'] : ['prototypes'])
    if (task === 0) {
      await learn(stages[0], task, async (loss) => {
        losses.push(loss)
        fingerprints.push(fingerprint(layout(stateOf(adapted).learner.weights).values()))
      })
      const after = layout(stateOf(adapted).learner.weights)
      const told = wanted.group('weights after task 0')
      for (const [part, values] of after) {
        expect(relativeError(values, told.get(called(part))!.data), part).toBeLessThan(1e-4)
      }
    }
    const before = structuredClone(stateOf(adapted))
    await passOver(stages.at(-1)!, task)
    expect(stateOf(adapted)).toEqual(before)
    const scores = wanted.group(`scores after task ${task}`).get('scores')!.data
    expect(relativeError((await learner.predict(images)).cosine, scores)).toBeLessThan(1e-4)
  }
  expect(relativeError(losses, wanted.losses)).toBeLessThan(1e-4)
  expect(relativeError(fingerprints, wanted.fingerprints)).toBeLessThan(1e-4)
  const prototypes = (learner.parts.prototypes as ClassMeans).means()
  expect(relativeError(prototypes, wanted.group('prototypes').get('prototypes')!.data)).toBeLessThan(1e-4)
})

test('aper.bn moves the running statistics to those of the first task, and no weight', async () => {
  const learner = await begun(aperBn as Method<never> as Method, 'cnn.onnx', { options: { batch: 40 } })
  const adapted = learner.parts.adapted as AdaptedOnce
  learner.newClasses?.([0, 1, 2])
  const [adapt, prototypes] = learner.stages({ index: 0, classes: [0, 1, 2] })
  const images = numbered(stream.tasks[0])
  const before = await oracleBackbone('cnn.onnx').embed(images)
  expect(relativeError(await adapted.features(images), before)).toBeLessThan(1e-5)
  const { statistics: start } = structuredClone(stateOf(adapted)).learner
  // The whole task at once, two hundred times: 0.9²⁰⁰ of what was there before is left.
  await learn(adapt, 0, async () => {}, new Array(200).fill(stream.tasks[0]))
  const { weights, statistics: end } = stateOf(adapted).learner
  const layout = await layoutOf('cnn.onnx', {
    rewritten: { model: backbone('cnn.onnx'), trainable: [], masks: [] },
    head: 'cosine',
  })
  expect([...layout(weights).keys()].sort()).toEqual(['head.scale', 'head.weight'])
  expect(Object.keys(end)).not.toHaveLength(0)
  for (const [name, values] of Object.entries(end)) expect(values, name).not.toEqual(start[name])
  // With them the network sees each channel of the task with mean 0 and variance 1, as in training: settled.
  await learn(adapt, 0, async () => {}, [stream.tasks[0]])
  for (const [name, values] of Object.entries(stateOf(adapted).learner.statistics)) {
    expect(relativeError(values, end[name]), name).toBeLessThan(1e-5)
  }
  expect(relativeError(await adapted.features(images), before)).toBeGreaterThan(1e-2)
  await passOver(prototypes, 0)
  expect((await learner.predict(images)).cosine).toHaveLength(3 * images.length)
})

test('aper.bn is refused for a network without batch normalisation', async () => {
  const learner = await begun(aperBn as Method<never> as Method, 'vit.onnx')
  learner.newClasses?.([0, 1, 2])
  await expect(learner.predict(numbered(stream.test))).rejects.toMatchObject({
    code: 'no-batch-normalization',
  })
})
