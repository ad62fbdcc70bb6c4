import { expect, test } from 'vitest'
import { crossEntropy, learner, sgd } from '../../src/learner/index.ts'
import { buildModel, type NodeSpec, type Numbers, readModel } from '../../src/onnx/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'
import { batchOf } from './networks.ts'
import { expectNear, wave } from './numbers.ts'

/** x [batch, 6] times a weight, wherever that weight is kept. */
function product(type: 'float32' | 'float16', nodes: NodeSpec[], constants: Record<string, Numbers>) {
  return learner({
    model: readModel(
      buildModel({
        inputs: { x: { type, shape: ['batch', 6] } },
        outputs: { features: { type, shape: ['batch', 4] } },
        nodes: [...nodes, { op: 'MatMul', inputs: ['x', 'w'], outputs: ['features'] }],
        constants,
      }),
      'product',
    ),
    head: { kind: 'linear', classes: 3 },
    trainable: 'all',
    loss: crossEntropy(),
    optimiser: sgd({ rate: 0.5 }),
    batch: 8,
    threads: 1,
    seed: 0,
  })
}

test('a weight that was a Constant node is trained, and exported as it is now', async () => {
  const value: Numbers = { type: 'float32', dims: [6, 4], data: wave(24) }
  const subject = await product(
    'float32',
    [{ op: 'Constant', inputs: [], outputs: ['w'], attributes: { value } }],
    {},
  )
  const before = subject.weights()
  await subject.step(batchOf(8, 3))
  expect(subject.weights().subarray(0, 24)).not.toEqual(before.subarray(0, 24))
  const session = await openSession(subject.export(), { threads: 1, label: 'exported' })
  const { inputs } = batchOf(5, 3)
  const outputs = await session.run({ x: new Tensor('float32', inputs.x, [5, 6]) })
  expectNear(outputs.scores.data as Float32Array, await subject.scores(inputs), 1e-6)
  await session.release()
  await subject.release()
})

test('a float16 network is trained, and its export refused by name', async () => {
  const one = 0x3c00
  const subject = await product('float16', [], {
    w: { type: 'float16', dims: [6, 4], data: new Uint16Array(24).fill(one) },
  })
  const { loss } = await subject.step(batchOf(8, 3), { rate: 0.01 })
  expect((await subject.step(batchOf(8, 3))).loss).toBeLessThan(loss)
  expect(() => subject.export()).toThrow(expect.objectContaining({ code: 'export-half-precision' }))
  await subject.release()
})
