import { expect, test } from 'vitest'
import { lowered, printStep, trainingStep } from '../../src/autodiff/index.ts'
import { crossEntropy, drawn, freed, momentum } from './step-fixtures.ts'

const golden = (name: string) => `../golden/autodiff/${name}.txt`

test('the training step of two layers reads like its formulas', async () => {
  const network = await freed({
    inputs: { x: { type: 'float32', shape: [4, 3] } },
    scores: 'scores',
    nodes: [
      { op: 'Gemm', inputs: ['x', 'w1', 'wb1'], outputs: ['inner'] },
      { op: 'Relu', inputs: ['inner'], outputs: ['hidden'] },
      { op: 'Gemm', inputs: ['hidden', 'w2', 'wb2'], outputs: ['scores'] },
    ],
    constants: {
      w1: drawn([3, 5], 'w1'),
      wb1: drawn([5], 'wb1'),
      w2: drawn([5, 2], 'w2'),
      wb2: drawn([2], 'wb2'),
    },
  })
  const parameters = [...network.weights.keys()]
  const step = trainingStep({ network, parameters, loss: crossEntropy('scores'), update: momentum(0.9) })
  const text = printStep(step.parts, network.shapes.keys())
  await expect(text).toMatchFileSnapshot(golden('mlp'))
})

test('the training step of a small convolutional net, BatchNormalization in training mode', async () => {
  const network = await freed(
    {
      inputs: { pixels: { type: 'float32', shape: [2, 3, 8, 8] } },
      scores: 'scores',
      nodes: [
        {
          op: 'Conv',
          inputs: ['pixels', 'w1'],
          outputs: ['map'],
          attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
        },
        {
          op: 'BatchNormalization',
          inputs: ['map', 'wg1', 'wb1', 'mean', 'variance'],
          outputs: ['normal'],
        },
        { op: 'Relu', inputs: ['normal'], outputs: ['rectified'] },
        { op: 'GlobalAveragePool', inputs: ['rectified'], outputs: ['pooled'] },
        { op: 'Flatten', inputs: ['pooled'], outputs: ['embedding'] },
        { op: 'Gemm', inputs: ['embedding', 'w2'], outputs: ['scores'] },
      ],
      constants: {
        w1: drawn([4, 3, 3, 3], 'w1'),
        wg1: drawn([4], 'wg1'),
        wb1: drawn([4], 'wb1'),
        mean: drawn([4], 'mean'),
        variance: { type: 'float32', dims: [4], data: [1, 2, 3, 4] },
        w2: drawn([4, 2], 'w2'),
      },
    },
    'fed',
  )
  for (const batchNorm of ['frozen', 'training'] as const) {
    const lower = lowered(network, { batchNorm })
    const step = trainingStep({
      network: lower,
      parameters: ['w1', 'wg1', 'wb1', 'w2'],
      loss: crossEntropy('scores'),
      update: 'gradients',
    })
    await expect(printStep(step.parts, lower.shapes.keys())).toMatchFileSnapshot(
      golden(`conv-net-${batchNorm}`),
    )
  }
})
