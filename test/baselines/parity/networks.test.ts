import { describe, expect, test } from 'vitest'
import { crossEntropy, learner, oneHot, sgd } from '../../../src/learner/index.ts'
import { writeModel } from '../../../src/onnx/index.ts'
import { findBlocks, withAdapters, withPrefixes, withPrompts } from '../../../src/rewriting/index.ts'
import { openSession, Tensor } from '../../../src/runtime/index.ts'
import { chance } from '../../../src/tensor/index.ts'
import {
  backbone,
  facts,
  fingerprint,
  type Golden,
  golden,
  goldens,
  pictures,
  pixels,
  relativeError,
  type Subject,
  stream,
} from './golden.ts'
import { putColumns, trainedOf, weightsOf } from './weights.ts'

describe.each(['vit.onnx', 'cnn.onnx'] as const)('%s', (network) => {
  test('onnxruntime sees the features that PyTorch sees', async () => {
    const session = await openSession(writeModel(backbone(network)), { threads: 1, label: network })
    const feeds = { pixels: new Tensor('float32', pixels(stream.test), [27, 3, 16, 16]) }
    const { features } = await session.run(feeds)
    expect(features.dims).toEqual([27, 16])
    expect(relativeError(features.data as Float32Array, facts(network).features.data)).toBeLessThan(2e-6)
    await session.release()
  })

  test('its trained weights have the names and shapes of PyTorch', async () => {
    const subject = await started(network, null, { momentum: 0, rate: 0.02 })
    const { weights } = facts(network)
    expect(Object.fromEntries(subject.entries.map(({ ref }) => [ref.name, ref.dims]))).toEqual({
      ...weights,
      'head.weight': [16, 3],
      'head.bias': [3],
    })
    await subject.release()
  })
})

test('the ViT takes adapters, prompts and prefixes, for any number of images', async () => {
  const model = backbone('vit.onnx')
  const vit = await findBlocks(model)
  expect([vit.blocks.length, vit.width, vit.tokens, vit.blocks[0].heads]).toEqual([2, 16, 17, 2])
  const random = chance('parity')
  const rewrites = [
    [8, withAdapters(model, vit, { bottleneck: 4, random })],
    [1, await withPrompts(model, vit, { tokens: 2, depth: 'shallow', random })],
    [4, await withPrefixes(model, vit, { length: 3, random })],
  ] as const
  for (const [weights, rewritten] of rewrites) {
    expect(rewritten.trainable).toHaveLength(weights)
    const session = await openSession(writeModel(rewritten.model), { threads: 1, label: 'rewritten' })
    const feeds = { pixels: new Tensor('float32', pixels(stream.test), [27, 3, 16, 16]) }
    expect((await session.run(feeds)).features.dims).toEqual([27, 16])
    await session.release()
  }
})

test('the stream is three tasks of three classes, each image in one task', () => {
  expect(stream.tasks.map((ids) => new Set(ids.map((id) => stream.labels[id])))).toEqual([
    new Set([0, 1, 2]),
    new Set([3, 4, 5]),
    new Set([6, 7, 8]),
  ])
  expect(pictures([0, 146])).toHaveLength(2 * 3 * 16 * 16)
  stream.batches.forEach((steps, t) => {
    expect(steps.map((ids) => ids.length)).toEqual(Array(25).fill(8))
    // an epoch is five steps
    expect(new Set(steps.slice(5, 10).flat())).toEqual(new Set(stream.tasks[t]))
  })
})

const all = Object.entries(goldens).flatMap(([method, subjects]) =>
  subjects.map((subject) => [method, subject] as const),
)

test.each(all)(
  '%s on %s: a loss, a length and a fingerprint for each step, and the last of its weights',
  (method, subject) => {
    const { losses, lengths, fingerprints, facts: told, batchNorm, float32, group } = golden(method, subject)
    expect([lengths.length, fingerprints.length]).toEqual([losses.length, losses.length])
    expect(batchNorm ?? 'vit').toBe(subject.split('-').at(-1))
    expect(Math.max(...Object.values(float32.groups), float32.losses)).toBeLessThan(3e-5)
    const last = Object.keys(float32.groups).findLast((name) => name.startsWith('weights after'))!
    const weights = [...group(last)]
      .filter(([name]) => !name.includes('running_'))
      .map(([, { data }]) => data)
    expect(relativeError([fingerprint(weights)], [fingerprints.at(-1)!])).toBeLessThan(1e-5)
    expect(Math.hypot(...weights.flatMap((data) => [...data]))).toBeCloseTo(lengths.at(-1)!, 5)
    for (const fact of Object.values<unknown[]>(told)) expect(fact.length).toBeGreaterThan(0)
  },
)

// What no method adds anything to: the learner itself, across the arrival of three classes

type Rule = { rate: number; momentum: number; weightDecay?: number; optimiserState?: 'kept' | 'reset' }

async function started(network: Golden['network'], batchNorm: Golden['batchNorm'], rule: Rule) {
  const { rate, momentum, weightDecay = 0, optimiserState = 'kept' } = rule
  const subject = await learner({
    model: backbone(network),
    head: { kind: 'linear', classes: 3 },
    trainable: 'all',
    batchNorm: batchNorm ?? 'frozen',
    loss: crossEntropy(),
    optimiser: sgd({ rate, momentum, weightDecay }),
    optimiserState,
    batch: 8,
    threads: 1,
    seed: 0,
  })
  putColumns(subject, 0, 3)
  return subject
}

const naive = ['naive', 'naive-momentum-kept', 'naive-momentum-reset'].flatMap((method) =>
  goldens[method].map((subject): [string, Subject] => [method, subject]),
)

test.each(naive)('%s on %s: fifty steps as PyTorch takes them', async (method, which) => {
  const wanted = golden(method, which)
  const { lr, momentum, weight_decay, optimiser } = wanted.settings
  const subject = await started(wanted.network, wanted.batchNorm, {
    rate: lr,
    momentum,
    weightDecay: weight_decay,
    optimiserState: optimiser,
  })
  const [losses, fingerprints]: number[][] = [[], []]
  for (const [task, steps] of stream.batches.slice(0, 2).entries()) {
    if (task > 0) {
      subject.grow(3)
      putColumns(subject, 3, 6)
    }
    for (const ids of steps) {
      const labels = ids.map((id) => stream.labels[id])
      const { loss } = await subject.step({
        inputs: { pixels: pixels(ids) },
        targets: { targets: oneHot(labels, subject.classes) },
      })
      losses.push(loss)
      fingerprints.push(fingerprint(trainedOf(subject).values()))
    }
  }
  expect(relativeError(losses, wanted.losses)).toBeLessThan(1e-5)
  expect(relativeError(fingerprints, wanted.fingerprints)).toBeLessThan(1e-5)
  const end = weightsOf(subject)
  for (const [name, { data }] of wanted.group('weights after task 1')) {
    expect(relativeError(end.get(name)!, data), name).toBeLessThan(2e-5)
  }
  const scores = await subject.scores({ pixels: pixels(stream.test) })
  expect(relativeError(scores, wanted.group('scores after task 1').get('scores')!.data)).toBeLessThan(2e-5)
  await subject.release()
})
