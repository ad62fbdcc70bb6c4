import { expect, test } from 'vitest'
import { crossEntropy, learner, oneHot, sgd } from '../../../src/learner/index.ts'
import {
  findBlocks,
  type Rewritten,
  ssfPlaces,
  withAdapters,
  withPrompts,
  withSsf,
} from '../../../src/rewriting/index.ts'
import { chance } from '../../../src/tensor/index.ts'
import { backbone, fingerprint, golden, pixels, relativeError, stream } from './golden.ts'
import { putColumns, putWeights, trainedOf } from './weights.ts'

const model = backbone('vit.onnx')
const vit = await findBlocks(model)
const random = chance('parity')

const rewrites: [string, () => Rewritten | Promise<Rewritten>][] = [
  ['aper-adapter', () => withAdapters(model, vit, { bottleneck: 4, random })],
  ['aper-vpt-shallow', () => withPrompts(model, vit, { tokens: 2, depth: 'shallow', random })],
  ['aper-vpt-deep', () => withPrompts(model, vit, { tokens: 2, depth: 'deep', random })],
  ['aper-ssf', () => withSsf(model, ssfPlaces(vit), { random })],
]

/** The oracle numbers the places of SSF in the order in which they run: ssf.0.gamma, ssf.0.beta, ssf.1.gamma … */
const numbered = ({ trainable }: Rewritten) => {
  const names = new Map(
    trainable.map(({ name }, i) => [name, `ssf.${i >> 1}.${i % 2 === 0 ? 'gamma' : 'beta'}`]),
  )
  return (name: string) => (name.startsWith('ssf.') ? names.get(name)! : name)
}

test.each(rewrites)(
  '%s: what is put into a ViT learns as in PyTorch, under a cosine head',
  async (method, rewrite) => {
    const wanted = golden(method, 'vit')
    const { lr, weight_decay } = wanted.settings
    const rewritten = await rewrite()
    const own = new Set(rewritten.trainable.map(({ name }) => name))
    const subject = await learner({
      model: rewritten.model,
      head: { kind: 'cosine', classes: 3 },
      trainable: ({ name }) => own.has(name),
      loss: crossEntropy(),
      optimiser: sgd({ rate: lr, momentum: 0.9, weightDecay: weight_decay }),
      batch: 8,
      threads: 1,
      seed: 0,
    })
    putColumns(subject, 0, 3)
    const called = numbered(rewritten)
    const start = wanted.group('weights at the start')
    expect([...start.keys()].sort()).toEqual([...own].map(called).sort())
    putWeights(subject, start, called)
    const [losses, fingerprints]: number[][] = [[], []]
    for (const [step, ids] of stream.batches[0].entries()) {
      const rate = (lr * (1 + Math.cos((Math.PI * Math.floor(step / 5)) / 5))) / 2
      const targets = oneHot(
        ids.map((id) => stream.labels[id]),
        3,
      )
      losses.push(
        (await subject.step({ inputs: { pixels: pixels(ids) }, targets: { targets } }, { rate })).loss,
      )
      fingerprints.push(fingerprint(trainedOf(subject).values()))
    }
    expect(relativeError(losses, wanted.losses)).toBeLessThan(1e-5)
    expect(relativeError(fingerprints, wanted.fingerprints)).toBeLessThan(1e-5)
    const end = wanted.group('weights after task 0')
    for (const [name, data] of trainedOf(subject)) {
      expect(relativeError(data, end.get(called(name))!.data), name).toBeLessThan(1e-4)
    }
    await subject.release()
  },
)
