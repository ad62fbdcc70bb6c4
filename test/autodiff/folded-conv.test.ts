import { expect, test } from 'vitest'
import { lowered, type Network, trainingStep } from '../../src/autodiff/index.ts'
import { sizeOf } from '../../src/tensor/index.ts'
import { drawn, tensorOf, walked } from './step-fixtures.ts'

/** Conv with a bias and BatchNormalization; its kernel has 288 numbers, its map 72 an example. */
function normalised(examples: number): { network: Network; weights: Map<string, ReturnType<typeof drawn>> } {
  const weights = new Map([
    ['w', drawn([8, 4, 3, 3], 'w', 0.3)],
    ['bias', drawn([8], 'bias')],
    ['gamma', drawn([8], 'gamma')],
    ['beta', drawn([8], 'beta')],
  ])
  const ref = (name: string, dims: readonly number[]) => ({ name, type: 'float32' as const, dims })
  const inputs = [ref('x', [examples, 4, 3, 3]), ...[...weights].map(([name, { dims }]) => ref(name, dims))]
  const variance = drawn([8], 'variance')
  const constants = new Map([
    ['mean', drawn([8], 'mean')],
    ['variance', { ...variance, data: variance.data.map((value) => 0.5 + value * value) }],
  ])
  const map = [examples, 8, 3, 3]
  const made = [ref('a', map), ref('y', map), ...[...constants].map(([name, { dims }]) => ref(name, dims))]
  const network: Network = {
    label: 'a convolution and its normalisation',
    inputs,
    outputs: ['y'],
    nodes: [
      { op: 'Conv', inputs: ['x', 'w', 'bias'], outputs: ['a'], attributes: { pads: [1, 1, 1, 1] } },
      { op: 'BatchNormalization', inputs: ['a', 'gamma', 'beta', 'mean', 'variance'], outputs: ['y'] },
    ],
    constants,
    shapes: new Map([...inputs, ...made].map((each) => [each.name, each])),
  }
  return { network, weights }
}

async function gradientsOf(network: Network, weights: ReturnType<typeof normalised>['weights']) {
  const step = trainingStep({
    network,
    parameters: [...weights.keys(), 'x'],
    loss: ({ emit, tensor }) => {
      const y = tensor('y')
      return emit.ReduceSum(emit.Mul(y, emit.constant(drawn(y.dims, 'seed'))), [0, 1, 2, 3], false)
    },
    update: 'gradients',
  })
  const x = tensorOf(drawn(network.inputs[0].dims, 'x'))
  const { outputs } = await walked(step, weights, { x })
  return step.parameters.map(({ name, made }) => ({ name, data: outputs[made].data as Float32Array }))
}

test.each([
  ['a kernel of more numbers than its map stays, and the map is scaled', 2, 'w'],
  ['a kernel of fewer is scaled itself', 8, 'Mul'],
])('%s; gradients are those of the normalisation', async (_, examples, kernel) => {
  const { network, weights } = normalised(examples)
  const cheaper = lowered(network, { batchNorm: 'frozen' })
  expect(cheaper.nodes.map(({ op }) => op)).not.toContain('BatchNormalization')
  expect(cheaper.nodes.find(({ op }) => op === 'Conv')!.inputs[1]).toMatch(new RegExp(`^${kernel}`))
  const [got, wanted] = [await gradientsOf(cheaper, weights), await gradientsOf(network, weights)]
  for (const [i, { name, data }] of wanted.entries()) {
    const most = Math.max(...data.map(Math.abs))
    const off = Math.max(...data.map((value, k) => Math.abs(value - got[i].data[k])))
    expect(off, name).toBeLessThan(1e-5 * most)
  }
})

test('constant weights are folded whatever their size: the runtime does it once, beforehand', () => {
  const { network, weights } = normalised(2)
  const frozen = {
    ...network,
    inputs: network.inputs.slice(0, 1),
    constants: new Map([...network.constants, ...weights]),
  }
  expect(sizeOf(weights.get('w')!.dims)).toBeGreaterThan(sizeOf(network.shapes.get('y')!.dims))
  expect(lowered(frozen, { batchNorm: 'frozen' }).nodes.find(({ op }) => op === 'Conv')!.inputs[1]).not.toBe(
    'w',
  )
})
