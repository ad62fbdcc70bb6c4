import { expect, test } from 'vitest'
import { networkOf } from '../../src/autodiff/index.ts'
import { crossEntropy, learner, oneHot, sgd } from '../../src/learner/index.ts'
import { buildModel, limits, type ModelSpec, readModel } from '../../src/onnx/index.ts'
import { smallSpec, wave } from '../fixtures/small-models.ts'

const opsets = Array.from(
  { length: limits.newestOpset - limits.oldestOpset + 1 },
  (_, i) => limits.oldestOpset + i,
)

/** The small network with operators around it that changed between opsets and mean the same in all of them. */
function written(opset: number): Uint8Array {
  const [conv, relu, pool, flatten, gemm] = smallSpec.nodes
  return buildModel({
    ...smallSpec,
    nodes: [
      { op: 'Pad', inputs: ['pixels', 'edges'], outputs: ['padded'] },
      { ...conv, inputs: ['padded', ...conv.inputs.slice(1)], attributes: { kernel_shape: [3, 3] } },
      {
        op: 'BatchNormalization',
        inputs: ['stem', 'gain', 'shift', 'mean', 'variance'],
        outputs: ['normed'],
      },
      { ...relu, inputs: ['normed'] },
      { op: 'Clip', inputs: ['active', '', 'six'], outputs: ['clipped'] },
      { op: 'Dropout', inputs: ['clipped'], outputs: ['kept'] },
      { ...pool, inputs: ['kept'] },
      flatten,
      { ...gemm, outputs: ['scores'] },
      { op: 'Cast', inputs: ['scores'], outputs: ['cast'], attributes: { to: 'float32' } },
      { op: 'Identity', inputs: ['cast'], outputs: ['logits'] },
    ],
    constants: {
      ...smallSpec.constants,
      edges: { type: 'int64', dims: [8], data: [0, 0, 1, 1, 0, 0, 1, 1] },
      six: { type: 'float32', dims: [], data: [6] },
      gain: wave([4], 3),
      shift: wave([4], 4),
      mean: wave([4], 5, 0.1),
      variance: { type: 'float32', dims: [4], data: [1, 2, 0.5, 1] },
    },
    opset,
  })
}

async function trained(bytes: Uint8Array): Promise<Float32Array> {
  const learns = await learner({
    model: readModel(bytes, 'network'),
    head: 'none',
    trainable: 'all',
    loss: crossEntropy(),
    optimiser: sgd({ rate: 0.1 }),
    batch: 2,
    threads: 1,
    seed: 0,
  })
  const pixels = wave([2, 3, 8, 8], 7).data
  for (let step = 0; step < 3; step++) {
    await learns.step({ inputs: { pixels }, targets: { targets: oneHot([0, 1], 2) } })
  }
  const scores = await learns.scores({ pixels })
  await learns.release()
  return scores
}

const wanted = trained(written(17))

test.each(opsets)(
  'a network of opset %i learns what the same one of opset 17 does, to the bit',
  async (opset) => {
    expect(await trained(written(opset))).toEqual(await wanted)
  },
)

const fixed = (shape: (number | string)[], inner: number[]): ModelSpec => ({
  inputs: { x: { type: 'float32', shape } },
  outputs: { y: { type: 'float32' } },
  nodes: [{ op: 'Reshape', inputs: ['x', 'inner'], outputs: ['y'] }],
  constants: { inner: { type: 'int64', dims: [inner.length], data: inner } },
})

test.each(['batch', 'N', '', 'sequence'])(
  'a batch that is called "%s" is as large as it is asked for',
  async (name) => {
    const model = readModel(buildModel(fixed([name, 4], [0, 2, 2])), 'open')
    const { shapes } = await networkOf(model, { dims: { batch: 3 }, free: () => false })
    expect(shapes.get('y')!.dims).toEqual([3, 2, 2])
  },
)

test('a batch that is open at the door and fixed inside is refused by name', async () => {
  const model = readModel(buildModel(fixed(['batch', 4], [1, 2, 2])), 'half open')
  const refused = networkOf(model, { dims: { batch: 3 }, free: () => false })
  await expect(refused).rejects.toMatchObject({
    code: 'onnx-fixed-batch',
    what: expect.stringContaining('Reshape → y makes [1, 2, 2] of [3, 4]'),
  })
})

test('an open side of the pictures is asked for by its name', async () => {
  const model = readModel(buildModel(fixed(['batch', 'side'], [0, 2, -1])), 'open side')
  await expect(networkOf(model, { dims: { batch: 3 }, free: () => false })).rejects.toMatchObject({
    code: 'onnx-unknown-dimension',
    what: 'Dimension 1 of the input x (side) has no number.',
  })
  const { shapes } = await networkOf(model, { dims: { batch: 3, side: 8 }, free: () => false })
  expect(shapes.get('y')!.dims).toEqual([3, 2, 4])
})
