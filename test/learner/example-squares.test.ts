import { expect, test } from 'vitest'
import { usesApart } from '../../src/autodiff/index.ts'
import {
  crossEntropy,
  embeddingNetwork,
  type LearnerOptions,
  learner,
  sgd,
  supervisedContrastive,
} from '../../src/learner/index.ts'
import { networksOf } from '../../src/learner/networks.ts'
import type { Model } from '../../src/onnx/index.ts'
import { findBlocks, withLora } from '../../src/rewriting/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { smallVit } from '../fixtures/small-vits.ts'
import { batchOf, convolutional, perceptron } from './networks.ts'
import { expectNear } from './numbers.ts'

const options: LearnerOptions = {
  model: perceptron(),
  head: { kind: 'linear', classes: 3 },
  trainable: 'all',
  loss: crossEntropy(),
  optimiser: sgd({ rate: 0.1 }),
  batch: 4,
  threads: 1,
  seed: 0,
}

/** Σ of squares, by a graph of several rows and by one of one. */
async function bothWays(given: Partial<LearnerOptions>, rows: number) {
  const model = given.model ?? options.model
  const { name, shape } = model.graph.inputs[0]
  const values = (shape as number[]).slice(1).reduce((a, b) => a * b, 1)
  const { inputs, targets } = batchOf(rows, 3, 4, values)
  const [many, one] = [
    await learner({ ...options, ...given }),
    await learner({ ...options, ...given, batch: 1 }),
  ]
  const batch = { inputs: { [name]: inputs.x }, targets }
  const found = [await many.squaredGradients(batch), await one.squaredGradients(batch)] as const
  const names = many.entries.map(({ ref, offset, length }) => ({ name: ref.name, offset, length }))
  await many.release()
  await one.release()
  return { found, names }
}

async function expectSame(given: Partial<LearnerOptions>, rows: number): Promise<void> {
  const {
    found: [many, one],
    names,
  } = await bothWays(given, rows)
  expect(one.some((square) => square > 0)).toBe(true)
  for (const { offset, length } of names) {
    const [a, b] = [many, one].map((flat) => flat.subarray(offset, offset + length))
    if (b.some((square) => square > 0)) expectNear(a, b, 2e-5)
    else expect(a).toEqual(b) // what lies below a product with zeros
  }
}

test.each([1, 3, 4, 10])(
  'a perceptron: %i examples squared together are those squared one by one',
  async (rows) => {
    await expectSame({}, rows)
  },
)

test('a head on embeddings', async () => {
  await expectSame({ model: embeddingNetwork(7), trainable: 'none' }, 6)
})

const vit = (how: Parameters<typeof smallVit>[0]): Model => smallVit(how)

test('a whole ViT: products of many rows, normalisations, class token, position and patches', async () => {
  await expectSame({ model: vit('fused') }, 6)
})

test('LoRA in a ViT', async () => {
  const model = vit('fused')
  const lora = withLora(model, await findBlocks(model), { rank: 2, at: ['q', 'v'], random: chance('lora') })
  const names = new Set(lora.trainable.map(({ name }) => name))
  await expectSame({ model: lora.model, trainable: ({ name }) => names.has(name) }, 6)
})

test('a convolution is run example by example, and gives the same', async () => {
  await expectSame({ model: convolutional() }, 5)
})

test('a loss between examples cannot be squared apart', async () => {
  const subject = await learner({ ...options, loss: supervisedContrastive() })
  await expect(subject.squaredGradients(batchOf(8, 3))).rejects.toMatchObject({
    code: 'learner-batch-cannot-be-cut',
  })
  await subject.release()
})

test('which weights can be told apart: all of a ViT, none of a convolution', async () => {
  const told = async (model: Model) => {
    const networks = await networksOf({ ...options, model }, 'told', chance('told'))
    const of = async (rows: number) => (await networks.of({ rows, classes: 3 }, 'evaluation')).network
    const [four, two] = [await of(4), await of(2)]
    const isFirst = (tensor: string) =>
      four.shapes.get(tensor)?.dims[0] === 4 && two.shapes.get(tensor)?.dims[0] === 2
    return [...networks.weights.keys()].filter((name) => usesApart(four, [name], { examples: 4, isFirst }))
  }
  expect(await told(smallVit('fused'))).toHaveLength(2 + 30)
  expect(await told(convolutional())).toEqual(['head.weight', 'head.bias'])
})
